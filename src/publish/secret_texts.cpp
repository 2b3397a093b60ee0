#include "secret_texts.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string>

namespace xppkg::publish {
namespace {

/// So many bytes before and after its words a key is looked at.
constexpr std::size_t kAround = 4096;

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

/// Takes a line's end as it stands in a file, in a string of JSON or of a program, in an address or
/// in XML.
bool take_line_end(std::string_view& text) {
  for (const std::string_view end : {"\r\n", "\n", "\r", "\\r\\n", "\\n", "\\r", "%0D%0A", "%0A",
                                     "&#13;", "&#10;", "&#xD;", "&#xA;"}) {
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

/// Whether base64 of that many digits follows without a break, behind what a program or a setting
/// writes between two strings.
bool has_quoted_base64(std::string_view text, std::size_t digits) {
  constexpr std::string_view kBetween = " \t\"'`,;()[]{}<>\\|#*+";
  constexpr int kMost = 64;
  for (int i = 0; i < kMost && !text.empty(); ++i) {
    if (take_line_end(text)) continue;
    if (kBetween.find(text.front()) == std::string_view::npos) break;
    text.remove_prefix(1);
  }
  text = text.substr(0, digits);
  return text.size() == digits && std::ranges::all_of(text, is_base64);
}

/// Whether the base64 of a key follows its first line, on the next lines or on the same one.
bool has_body(std::string_view text) {
  constexpr std::size_t kDigits = 40;
  std::string_view lines = text;
  skip_spaces(lines);
  if (take_line_end(lines)) {
    skip_headers(lines);
    if (has_base64(lines, kDigits)) return true;
  }
  return has_quoted_base64(text, kDigits);
}

// RFC 7468, RFC 4716, RFC 9580: "-----BEGIN RSA PRIVATE KEY-----", "---- BEGIN SSH2 ENCRYPTED
// PRIVATE KEY ----", "-----BEGIN PGP PRIVATE KEY BLOCK-----".
bool is_pem(std::string_view text, std::size_t at, std::size_t size) {
  constexpr std::size_t kLongestLabel = 64;
  constexpr std::string_view kBlock = " BLOCK";
  const std::string_view label = before(text, at, kLongestLabel);
  const std::size_t begin = label.rfind("BEGIN ");
  if (begin == std::string_view::npos || label.find('-') > begin ||
      label.find('-', begin) != std::string_view::npos) {
    return false;
  }
  std::string_view rest = text.substr(at + size);
  if (rest.starts_with(kBlock)) rest.remove_prefix(kBlock.size());
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  if (!rest.starts_with("--")) return false;
  rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of('-')));
  return has_body(rest);
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

/// Bytes of the text around a place.
std::string_view around(std::string_view text, std::size_t at, std::size_t size) {
  const std::size_t begin = at - std::min(at, kAround);
  return text.substr(begin, at - begin + size + kAround);
}

// Beside its type a key file has its sealed key, wherever in the object.
bool is_ours(std::string_view text, std::size_t at, std::size_t size) {
  constexpr std::string_view kBox = "\"box\"";
  constexpr std::size_t kDigits = 100;
  const std::string_view near = around(text, at, size);
  const std::size_t box = near.find(kBox);
  if (box == std::string_view::npos) return false;
  std::string_view rest = near.substr(box + kBox.size());
  rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(": \t\r\n\"")));
  rest = rest.substr(0, kDigits);
  return rest.size() == kDigits && std::ranges::all_of(rest, is_hex);
}

// A JSON Web Key (RFC 7518) of any kind but a symmetric one has its secret part in "d".
bool is_jwk(std::string_view text, std::size_t at, std::size_t size) {
  constexpr std::string_view kSecret = "\"d\"";
  constexpr std::size_t kDigits = 40;
  std::string_view rest = around(text, at, size);
  for (std::size_t found = rest.find(kSecret); found != std::string_view::npos;
       found = rest.find(kSecret)) {
    rest.remove_prefix(found + kSecret.size());
    std::string_view value = rest;
    value.remove_prefix(std::min(value.size(), value.find_first_not_of(": \t\r\n\"")));
    value = value.substr(0, kDigits);
    const auto is_digit = [](char c) { return is_base64(c) || c == '-' || c == '_'; };
    if (value.size() == kDigits && std::ranges::all_of(value, is_digit)) return true;
  }
  return false;
}

// The form of XML that .NET writes.
bool is_xml(std::string_view text, std::size_t at, std::size_t size) {
  constexpr std::string_view kSecret = "<D>";
  constexpr std::size_t kDigits = 64;
  const std::string_view near = around(text, at, size);
  const std::size_t found = near.find(kSecret);
  return found != std::string_view::npos &&
         has_base64(near.substr(found + kSecret.size()), kDigits);
}

// "PrivateKey = " and 32 bytes in base64.
bool is_wireguard(std::string_view text, std::size_t at, std::size_t size) {
  constexpr std::size_t kDigits = 44;
  std::string_view rest = text.substr(at + size);
  skip_spaces(rest);
  if (!rest.starts_with('=')) return false;
  rest.remove_prefix(1);
  skip_spaces(rest);
  const std::string_view key = rest.substr(0, kDigits);
  const bool is_whole =
      key.size() == kDigits && key.find('=') == kDigits - 1 && std::ranges::all_of(key, is_base64);
  return is_whole && (rest.size() == kDigits || !is_base64(rest[kDigits]));
}

// "(11:private-key(3:rsa…" or "Key: (private-key (rsa …", and the same of protected ones.
bool is_gnupg(std::string_view text, std::size_t at, std::size_t size) {
  const std::string_view begin = before(text, at, 24);
  std::string_view rest = text.substr(at + size);
  skip_spaces(rest);
  if (!rest.starts_with('(')) return false;
  const bool is_short = begin.ends_with("(11:") || begin.ends_with("(21:protected-");
  const bool is_long = begin.ends_with("Key: (") || begin.ends_with("Key: (protected-");
  return (is_short && rest.size() > 1 && rest[1] >= '1' && rest[1] <= '9') || is_long;
}

// A secret of both sides.
bool is_openvpn(std::string_view text, std::size_t at, std::size_t size) {
  return has_body(text.substr(at + size));
}

struct Words {
  std::string_view words;
  IsKey is_key;
  const char* kind;
  bool is_ours;
};

constexpr std::string_view kPem = "PRIVATE KEY";
constexpr std::array<Words, 10> kWords{
    {{kPem, is_pem, "PEM", false},
     {"PuTTY-User-Key-File-", is_putty, "PuTTY", false},
     {"AGE-SECRET-KEY-1", is_age, "age", false},
     {"secret key", is_signify, "signify", false},
     {"\"xppkg-key\"", is_ours, "xppkg", true},
     {"\"kty\"", is_jwk, "JSON Web Key", false},
     {"<RSAKeyValue>", is_xml, "XML", false},
     {"PrivateKey", is_wireguard, "WireGuard", false},
     {"private-key", is_gnupg, "GnuPG", false},
     {"OpenVPN Static key V1-----", is_openvpn, "OpenVPN", false}}};

/// The next place of some words; the text's size: none.
std::size_t next_place(std::string_view text, std::string_view words, std::size_t from) {
  constexpr std::size_t kShort = 4096;
  if (text.size() < kShort) return std::min(text.find(words, from), text.size());
  const std::boyer_moore_horspool_searcher search(words.begin(), words.end());
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(from);
  return static_cast<std::size_t>(std::search(begin, text.end(), search) - text.begin());
}

bool holds(std::string_view text, const Words& words) {
  for (std::size_t at = next_place(text, words.words, 0); at < text.size();
       at = next_place(text, words.words, at + 1)) {
    if (words.is_key(text, at, words.words.size())) return true;
  }
  return false;
}

std::optional<SecretKeyFound> find_narrow(std::string_view text) {
  for (const Words& words : kWords) {
    if (holds(text, words)) return SecretKeyFound{words.kind, words.is_ours};
  }
  return std::nullopt;
}

/// Every second byte from the first words on that are written in two bytes a letter, and before;
/// empty: there are none.
std::string narrowed(std::string_view text) {
  std::string wide;
  for (const char c : kPem) wide += std::string{c, '\0'};
  wide.pop_back();
  const std::size_t at = next_place(text, wide, 0);
  std::string narrow;
  if (at == text.size()) return narrow;
  for (std::size_t i = at % 2; i < text.size(); i += 2) narrow += text[i];
  return narrow;
}

}  // namespace

std::optional<SecretKeyFound> find_secret_text(std::string_view text) {
  if (auto found = find_narrow(text)) return found;
  const std::string narrow = narrowed(text);
  return narrow.empty() ? std::nullopt : find_narrow(narrow);
}

}  // namespace xppkg::publish
