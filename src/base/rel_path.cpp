#include "base/rel_path.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "xppkg/error.hpp"

namespace xppkg {
namespace {

constexpr std::size_t kMaxPath = RelPath::kMaxBytes;
constexpr std::size_t kMaxSegment = RelPath::kMaxNameBytes;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> segments;
  while (true) {
    const std::size_t slash = text.find('/');
    segments.emplace_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    text.remove_prefix(slash + 1);
  }
}

struct FreeDeleter {
  void operator()(void* memory) const { std::free(memory); }  // utf8proc allocates with malloc
};

std::string folded(std::string_view text) {
  utf8proc_uint8_t* raw = nullptr;
  const auto options =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &raw, options);
  const std::unique_ptr<utf8proc_uint8_t, FreeDeleter> owner(raw);
  if (length < 0) return std::string(text);
  return {reinterpret_cast<const char*>(raw), static_cast<std::size_t>(length)};
}

bool is_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t point = 0;
    const auto used = utf8proc_iterate(at, left, &point);
    if (used <= 0) return false;
    at += used;
    left -= used;
  }
  return true;
}

bool is_device_name(std::string_view segment) {
  // Windows looks at what stands before the first dot, without the spaces at its end.
  std::string stem(segment.substr(0, segment.find('.')));
  stem.erase(stem.find_last_not_of(' ') + 1);
  stem = folded(stem);
  static constexpr std::array<std::string_view, 6> kNames{"con", "prn",    "aux",
                                                          "nul", "conin$", "conout$"};
  if (std::ranges::find(kNames, stem) != kNames.end()) return true;
  if (!stem.starts_with("com") && !stem.starts_with("lpt")) return false;
  const std::string number = stem.substr(3);
  return (number.size() == 1 && number[0] >= '0' && number[0] <= '9') || number == "\u00b9" ||
         number == "\u00b2" || number == "\u00b3";
}

const char* why_unsafe(std::string_view segment) {
  if (segment.empty()) return "an empty part, or a slash at an end";
  if (segment == "." || segment == "..") return "a part that is . or ..";
  if (segment.size() > kMaxSegment) return "a part over 255 bytes";
  if (segment.back() == '.' || segment.back() == ' ') return "a part that ends in a dot or a space";
  for (const char c : segment) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return "a control character";
    if (std::string_view("\\:*?\"<>|").find(c) != std::string_view::npos) {
      return "a character that Windows reserves";
    }
  }
  if (is_device_name(segment)) return "a name that Windows reserves";
  return nullptr;
}

const char* why_unsafe_path(std::string_view text) {
  if (text.size() > kMaxPath) return "it is over 1024 bytes";
  if (!is_utf8(text)) return "it is not UTF-8";
  for (const std::string& segment : split(text)) {
    if (const char* reason = why_unsafe(segment)) return reason;
  }
  return nullptr;
}

}  // namespace

RelPath RelPath::parse(std::string_view text) {
  if (const char* reason = why_unsafe_path(text)) {
    throw Error(Code::tree_unsafe_name,
                {{"path", std::string(text.substr(0, kMaxPath))}, {"reason", reason}});
  }
  RelPath path;
  path.text_ = text;
  return path;
}

std::vector<std::string> RelPath::segments() const {
  return split(text_);
}

std::vector<RelPath> RelPath::parents() const {
  std::vector<RelPath> parents;
  for (std::size_t slash = text_.find('/'); slash != std::string::npos;
       slash = text_.find('/', slash + 1)) {
    parents.emplace_back().text_ = text_.substr(0, slash);
  }
  return parents;
}

std::string RelPath::collision_key() const {
  return folded(text_);
}

bool link_stays_inside(const RelPath& link, std::string_view target) {
  if (target.empty() || target.size() > kMaxPath || target.front() == '/') return false;
  if (target.find_first_of(std::string_view("\\:\0", 3)) != std::string_view::npos) return false;
  if (!is_utf8(target)) return false;
  // ".." only in front: behind a name that is itself a link it would not undo that name.
  std::size_t depth = link.parents().size();
  bool in_front = true;
  for (const std::string& segment : split(target)) {
    if (segment == "..") {
      if (!in_front || depth-- == 0) return false;
    } else if (!segment.empty() && segment != ".") {
      in_front = false;
    }
  }
  return true;
}

}  // namespace xppkg
