#include "secret_keys.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "der_keys.hpp"

namespace xppkg::publish {
namespace {

/// So many bytes before and after its words a key is looked at.
constexpr std::size_t kAround = 4096;
constexpr std::size_t kPiece = 256 * 1024;

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '=';
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_upper_alnum(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string_view before(std::string_view text, std::size_t at, std::size_t most) {
  const std::size_t begin = at - std::min(at, most);
  return text.substr(begin, at - begin);
}

/// Takes a line's end as it stands in a file, or in a string of JSON or of a program.
bool take_line_end(std::string_view& text) {
  for (const std::string_view end : {"\r\n", "\n", "\r", "\\r\\n", "\\n", "\\r"}) {
    if (!text.starts_with(end)) continue;
    text.remove_prefix(end.size());
    return true;
  }
  return false;
}

/// The line that begins here, without its end; takes both.
std::string_view take_line(std::string_view& text) {
  constexpr std::size_t kLongest = 512;
  std::string_view rest = text;
  for (std::size_t i = 0; i < std::min(text.size(), kLongest); ++i) {
    rest = text.substr(i);
    if (!take_line_end(rest)) continue;
    const std::string_view line = text.substr(0, i);
    text = rest;
    return line;
  }
  const std::string_view line = text;
  text = {};
  return line;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

/// Whether base64 of that many digits follows, over any number of lines.
bool has_base64(std::string_view text, std::size_t digits) {
  std::size_t count = 0;
  while (count < digits && !text.empty()) {
    if (is_base64(text.front())) {
      ++count;
      text.remove_prefix(1);
      continue;
    }
    const std::size_t left = text.size();
    skip_spaces(text);
    if (!take_line_end(text) && text.size() == left) return false;
  }
  return count >= digits;
}

/// Headers such as "Proc-Type: 4,ENCRYPTED", and the empty line after them.
void skip_headers(std::string_view& text) {
  constexpr int kMost = 16;
  for (int i = 0; i < kMost; ++i) {
    std::string_view rest = text;
    const std::string_view line = take_line(rest);
    const bool is_empty = line.find_first_not_of(" \t") == std::string_view::npos;
    if (rest.empty() || (!is_empty && line.find(": ") == std::string_view::npos)) return;
    text = rest;
  }
}

using IsKey = bool (*)(std::string_view text, std::size_t at, std::size_t size);

// RFC 7468, RFC 4716, RFC 9580: "-----BEGIN RSA PRIVATE KEY-----", "---- BEGIN SSH2 ENCRYPTED
// PRIVATE KEY ----", "-----BEGIN PGP PRIVATE KEY BLOCK-----".
bool is_pem(std::string_view text, std::size_t at, std::size_t size) {
  constexpr std::size_t kLongestLabel = 64;
  constexpr std::size_t kDigits = 40;
  const std::string_view label = before(text, at, kLongestLabel);
  const std::size_t begin = label.rfind("BEGIN ");
  if (begin == std::string_view::npos || label.find('-') > begin) return false;
  std::string_view rest = text.substr(at + size);
  const std::string_view end = take_line(rest);
  if (!end.starts_with("--") && !end.starts_with(" --") && !end.starts_with(" BLOCK--")) {
    return false;
  }
  skip_headers(rest);
  return has_base64(rest, kDigits);
}

bool is_putty(std::string_view text, std::size_t at, std::size_t size) {
  const std::string_view rest = text.substr(at + size);
  return rest.size() > 3 && rest[0] >= '0' && rest[0] <= '9' && rest.substr(1, 2) == ": " &&
         rest[3] >= 'a' && rest[3] <= 'z';
}

bool is_age(std::string_view text, std::size_t at, std::size_t size) {
  constexpr std::size_t kDigits = 50;
  const std::string_view rest = text.substr(at + size, kDigits);
  return rest.size() == kDigits && std::ranges::all_of(rest, is_upper_alnum);
}

// True for a key of signify or minisign.
bool is_signify(std::string_view text, std::size_t at, std::size_t size) {
  constexpr std::size_t kDigits = 100;
  if (before(text, at, 256).rfind("untrusted comment:") == std::string_view::npos) return false;
  std::string_view rest = text.substr(at + size);
  take_line(rest);
  return has_base64(rest, kDigits);
}

// Beside its type a key file has its sealed key, wherever in the object.
bool is_ours(std::string_view text, std::size_t at, std::size_t size) {
  constexpr std::string_view kBox = "\"box\"";
  constexpr std::size_t kDigits = 100;
  const std::size_t begin = at - std::min(at, kAround);
  const std::string_view around = text.substr(begin, at - begin + size + kAround);
  const std::size_t box = around.find(kBox);
  if (box == std::string_view::npos) return false;
  std::string_view rest = around.substr(box + kBox.size());
  rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(": \t\r\n\"")));
  rest = rest.substr(0, kDigits);
  return rest.size() == kDigits && std::ranges::all_of(rest, is_hex);
}

struct Words {
  std::string_view words;
  IsKey is_key;
  const char* kind;
  bool is_ours;
};

constexpr std::array<Words, 5> kWords{{{"PRIVATE KEY", is_pem, "PEM", false},
                                       {"PuTTY-User-Key-File-", is_putty, "PuTTY", false},
                                       {"AGE-SECRET-KEY-1", is_age, "age", false},
                                       {"secret key", is_signify, "signify", false},
                                       {"\"xppkg-key\"", is_ours, "xppkg", true}}};

bool holds(std::string_view text, const Words& words) {
  const std::boyer_moore_horspool_searcher search(words.words.begin(), words.words.end());
  for (auto at = std::search(text.begin(), text.end(), search); at != text.end();
       at = std::search(at + 1, text.end(), search)) {
    const auto place = static_cast<std::size_t>(at - text.begin());
    if (words.is_key(text, place, words.words.size())) return true;
  }
  return false;
}

}  // namespace

std::optional<SecretKeyFound> find_secret_key(const RandomReader& file) {
  if (const char* kind = der_key(file)) return SecretKeyFound{kind, false};
  // Pieces overlap, so that each key stands whole in one of them.
  Bytes piece;
  for (std::uint64_t at = 0; at < file.size(); at += kPiece) {
    const std::uint64_t begin = at - std::min<std::uint64_t>(at, 2 * kAround);
    piece.resize(static_cast<std::size_t>(std::min(file.size(), at + kPiece) - begin));
    file.read_at(begin, piece);
    for (const Words& words : kWords) {
      if (holds(as_text(piece), words)) return SecretKeyFound{words.kind, words.is_ours};
    }
  }
  return std::nullopt;
}

}  // namespace xppkg::publish
