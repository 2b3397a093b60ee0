#include "install/file_times.hpp"

#include <fmt/format.h>

#include <charconv>

#include "fs/files.hpp"

namespace xppkg::install {
namespace {

constexpr std::uint64_t kMaxBytes = 64 * 1024 * 1024;
constexpr std::string_view kMark = "xppkg-times-1";

/// The text before the next `end`, which is taken too. Nothing where there is no `end`.
std::optional<std::string_view> take(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

template <typename Number>
std::optional<Number> take_number(std::string_view& text) {
  const auto digits = take(text, ' ');
  Number number = 0;
  if (!digits) return std::nullopt;
  const auto [end, error] =
      std::from_chars(digits->data(), digits->data() + digits->size(), number);
  if (error != std::errc() || end != digits->data() + digits->size()) return std::nullopt;
  return number;
}

std::string head_of(const Blake2b& tree) {
  return fmt::format("{} {}", kMark, tree.hex());
}

/// Nothing for a text that write() did not make of this tree.
std::optional<FileTimes> read(std::string_view text, const Blake2b& tree) {
  const std::size_t digits = 2 * sizeof(Blake2b) + 1;
  if (text.size() < digits) return std::nullopt;
  std::string_view body = text.substr(0, text.size() - digits);
  if (text.substr(body.size()) != blake2b(as_bytes(body)).hex() + "\n") return std::nullopt;
  if (take(body, '\n') != head_of(tree)) return std::nullopt;
  FileTimes times;
  while (!body.empty()) {
    const auto size = take_number<std::uint64_t>(body);
    const auto modified = take_number<std::int64_t>(body);
    const auto path = take(body, '\n');
    if (!size || !modified || !path) return std::nullopt;
    times.emplace(*path, Seen{*size, *modified});
  }
  return times;
}

std::string write(const Blake2b& tree, const FileTimes& times) {
  std::string text = head_of(tree) + "\n";
  for (const auto& [path, seen] : times) {
    text += fmt::format("{} {} {}\n", seen.size, seen.modified_ns, path);
  }
  return text + blake2b(as_bytes(text)).hex() + "\n";
}

}  // namespace

FileTimes load_file_times(fs::FileSystem& disk, const Layout& layout, const Blake2b& tree) {
  try {
    const auto bytes = fs::read_file_if_there(disk, layout.file_times(), kMaxBytes);
    if (!bytes) return {};
    return read(as_text(*bytes), tree).value_or(FileTimes());
  } catch (const Error&) {
    return {};
  }
}

void save_file_times(fs::FileSystem& disk, const Layout& layout, const Blake2b& tree,
                     const FileTimes& times) {
  fs::write_file_atomically(disk, layout.file_times(), as_bytes(write(tree, times)));
}

FileTimes look_at_file_times(fs::FileSystem& disk, const Layout& layout,
                             const manifest::Manifest& manifest) {
  FileTimes times;
  for (const Entry& entry : manifest.entries) {
    if (entry.kind != EntryKind::file || entry.config) continue;
    const auto found = disk.stat(fs::join(layout.root, entry.path));
    if (!found || found->kind != fs::Kind::file || found->size != entry.size) continue;
    times[entry.path.text()] = {found->size, found->modified_ns};
  }
  return times;
}

}  // namespace xppkg::install
