#include "secret_keys.hpp"

#include <algorithm>
#include <utility>

#include "binary_keys.hpp"
#include "encoded_texts.hpp"
#include "packed_files.hpp"
#include "secret_texts.hpp"

namespace xppkg::publish {
namespace {

constexpr std::uint64_t kPiece = 256 * 1024;
/// An archive in an archive in an archive, or base64 of one.
constexpr int kDeepest = 4;

/// Looks into one file, and what is packed or encoded in it.
class Search {
 public:
  explicit Search(const UnpackLimits& limits) : limits_(limits) {}

  std::optional<SecretKeyFound> look(const RandomReader& file, int depth) {
    if (const char* kind = binary_key(file)) return SecretKeyFound{kind, false};
    if (auto found = look_through(file, depth)) return found;
    return depth < kDeepest ? unpack(file, depth) : std::nullopt;
  }

 private:
  /// Pieces overlap, so that each key stands whole in one of them.
  std::optional<SecretKeyFound> look_through(const RandomReader& file, int depth) {
    Bytes piece;
    for (std::uint64_t at = 0; at < file.size(); at += kPiece) {
      const std::uint64_t begin = at - std::min<std::uint64_t>(at, kLongestKey);
      piece.resize(static_cast<std::size_t>(std::min(file.size(), at + kPiece) - begin));
      file.read_at(begin, piece);
      if (auto found = find_secret_text(as_text(piece))) return found;
      if (depth == kDeepest) continue;
      if (auto found = decode(as_text(piece), depth)) return found;
    }
    return std::nullopt;
  }

  std::optional<SecretKeyFound> decode(std::string_view text, int depth) {
    std::optional<SecretKeyFound> found;
    visit_decoded(text, [&](ByteView decoded) {
      if (const char* kind = binary_key_at(decoded)) found = SecretKeyFound{kind, false};
      if (!found) found = look(BufferReader(decoded), depth + 1);
      return found.has_value();
    });
    if (found) found->kind += " in base64";
    return found;
  }

  std::optional<SecretKeyFound> unpack(const RandomReader& file, int depth) {
    std::optional<SecretKeyFound> found;
    PackedFiles(file, limits_, [&](const std::string& name, const RandomReader& piece) {
      found = look(piece, depth + 1);
      if (found && !name.empty()) found->kind += " in " + name;
      return found.has_value();
    }).run();
    return found;
  }

  UnpackLimits limits_;
};

}  // namespace

std::optional<SecretKeyFound> find_secret_key(const RandomReader& file) {
  // No more is unpacked than what a sound archive may hold. On the way to it bytes are read several
  // times: compressed, as an archive, as a file.
  constexpr std::uint64_t kLeast = 256 * 1024 * 1024;
  constexpr std::uint64_t kGrowth = 32;
  constexpr std::uint64_t kTimes = 4;
  const std::uint64_t most = std::max(kLeast, file.size() * kGrowth);
  return Search({.read = most * kTimes, .shown = most}).look(file, 0);
}

}  // namespace xppkg::publish
