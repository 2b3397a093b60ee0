#include "cli/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/utf8.hpp"
#include "cli/terminal.hpp"
#include "xppkg/error.hpp"

namespace xppkg::cli {
namespace {

using nlohmann::json;

constexpr std::uint32_t kDelete = 0x7f;
constexpr std::string_view kClearLine = "\r\x1b[K";

std::atomic<bool> is_drawn = false;
/// The system's number of the first failure to write data; 0: none.
int output_error = 0;

/// Takes no room, or is as blank as a space: two names would look alike.
bool is_invisible(std::uint32_t point) {
  constexpr std::array<std::uint32_t, 9> kPoints{0x00ad, 0x115f, 0x1160, 0x180e, 0x200b,
                                                 0x2800, 0x3164, 0xfeff, 0xffa0};
  const bool is_word_joiner = point >= 0x2060 && point <= 0x206f;
  const bool is_annotation = point >= 0xfff9 && point <= 0xfffb;
  const bool is_tag = point >= 0xe0000 && point <= 0xe0fff;
  return is_word_joiner || is_annotation || is_tag ||
         std::ranges::find(kPoints, point) != kPoints.end();
}

/// As a string of JSON writes a character by numbers: those behind U+FFFF by two.
std::string json_escape(std::uint32_t point) {
  if (point < 0x10000) return fmt::format("\\u{:04x}", point);
  const std::uint32_t rest = point - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10U), 0xdc00 + (rest & 0x3ffU));
}

/// Controls, separators of lines, what turns the direction of writing, and what nobody sees.
bool is_control(std::uint32_t point) {
  const auto is_between = [point](std::uint32_t first, std::uint32_t last) {
    return point >= first && point <= last;
  };
  return point < 0x20 || is_between(kDelete, 0x9f) || point == 0x061c ||
         is_between(0x200e, 0x200f) || is_between(0x2028, 0x202e) || is_between(0x2066, 0x2069) ||
         is_invisible(point);
}

std::string escaped(std::uint32_t point) {
  switch (point) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\t";
    default:
      return point <= kDelete ? fmt::format("\\x{:02x}", point) : fmt::format("\\u{{{:x}}}", point);
  }
}

/// JSON of the same value, in which such characters stand as numbers: it may be shown by a terminal
/// as well. Text that is not UTF-8 has the replacement character in the place of each wrong byte.
std::string to_text(const json& value, int indent) {
  const std::string raw = value.dump(indent, ' ', false, json::error_handler_t::replace);
  std::string text;
  for (std::string_view rest = raw; !rest.empty();) {
    const auto character = first_utf8_character(rest);
    const std::size_t size = character ? character->bytes : 1;
    if (character && character->point >= kDelete && is_control(character->point)) {
      text += json_escape(character->point);
    } else {
      text += rest.substr(0, size);
    }
    rest.remove_prefix(size);
  }
  return text;
}

/// Data that was not written yet.
std::string& unwritten() {
  static std::string text;
  return text;
}

}  // namespace

void write_out() {
  if (output_error == 0) output_error = write_to_output(unwritten());
  unwritten().clear();
}

namespace {

void write_data(const std::string& line) {
  constexpr std::size_t kMostUnwritten = 64 * 1024;
  clear_progress();
  unwritten().append(line).append("\n");
  if (unwritten().size() >= kMostUnwritten || stdout_is_terminal()) write_out();
}

// A failure to write to standard error cannot be reported.
void tell(std::string line) {
  clear_progress();
  line += '\n';
  std::fputs(line.c_str(), stderr);
}

}  // namespace

std::string visible(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    const std::size_t size = character ? character->bytes : 1;
    if (!character) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (is_control(character->point)) {
      shown += escaped(character->point);
    } else {
      shown += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return shown;
}

void print(const std::string& line) {
  write_data(visible(line));
}

void print_row(const std::string& name, const std::string& value) {
  constexpr std::size_t kNameColumns = 14;
  // Padded by characters: umlauts are two bytes.
  std::size_t columns = 0;
  for (const char c : name) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  print(name + std::string(columns < kNameColumns ? kNameColumns - columns : 1, ' ') + value);
}

void print_text(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    print(std::string(line));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void print(const json& value) {
  write_data(to_text(value, 2));
}

void say(const std::string& line) {
  tell(visible(line));
}

void say(const json& value) {
  tell(to_text(value, -1));
}

void show_progress(const std::string& line) {
  is_drawn = true;
  std::fputs((std::string(kClearLine) + line).c_str(), stderr);
  std::fflush(stderr);
}

void clear_progress() {
  if (!is_drawn) return;
  is_drawn = false;
  std::fputs(std::string(kClearLine).c_str(), stderr);
  std::fflush(stderr);
}

void clear_progress_in_handler() {
  if (is_drawn) write_to_terminal(kClearLine);
}

void finish_output() {
  write_out();
  if (output_error == 0) return;
  throw Error(Code::output_failed, {{"cause", std::generic_category().message(output_error)}});
}

}  // namespace xppkg::cli
