#include "base/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace xppkg {
namespace {

// nlohmann's own parser keeps the last of two equal names and takes fractions; its SAX interface
// shows both, so a first pass checks the strict form and a second one builds the value.
class StrictCheck {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(number_integer_t value) {
    // A negative number, or "-0", which other readers take for something else.
    if (value == 0) return fail("a number written as -0");
    if (value < -static_cast<number_integer_t>(kMaxJsonInteger))
      return fail("an integer too large");
    return true;
  }
  bool number_unsigned(number_unsigned_t value) {
    if (value > kMaxJsonInteger) return fail("an integer too large");
    return true;
  }
  bool number_float(number_float_t, const string_t&) { return fail("a number that is no integer"); }
  bool string(string_t&) { return true; }
  bool binary(binary_t&) { return fail("binary data"); }
  bool start_object(std::size_t) {
    names_.emplace_back();
    return deeper();
  }
  bool key(string_t& name) {
    return names_.back().insert(name).second || fail("a name that occurs twice: " + name);
  }
  bool end_object() {
    names_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) { return deeper(); }
  bool end_array() {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    return fail(fmt::format("no JSON at byte {}", position));
  }

  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  bool fail(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
    return false;
  }
  bool deeper() { return ++depth_ <= kMaxJsonDepth || fail("too many levels"); }

  std::vector<std::set<std::string>> names_;
  int depth_ = 0;
  std::string reason_;
};

void write_string(std::string& out, const std::string& text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

// Own writer: the OLPC form leaves control characters as they are, which no library's dump() does.
void write_canonical(std::string& out, const Json& value) {
  if (value.is_object()) {
    char separator = '{';
    for (const auto& [name, member] : value.items()) {
      out += separator;
      write_string(out, name);
      out += ':';
      write_canonical(out, member);
      separator = ',';
    }
    out += value.empty() ? "{}" : "}";
  } else if (value.is_array()) {
    char separator = '[';
    for (const Json& item : value) {
      out += separator;
      write_canonical(out, item);
      separator = ',';
    }
    out += value.empty() ? "[]" : "]";
  } else if (value.is_string()) {
    write_string(out, value.get_ref<const std::string&>());
  } else if (value.is_number_float()) {
    throw Error(Code::internal, {{"reason", "canonical JSON has no fractions"}});
  } else {
    out += value.dump();
  }
}

}  // namespace

Json parse_strict(ByteView bytes, Code on_error) {
  // The library skips a byte order mark, and takes a byte of zero for the end.
  const bool has_mark = !bytes.empty() && bytes.front() == 0xef;
  if (has_mark || std::ranges::find(bytes, 0) != bytes.end()) {
    throw Error(on_error, {{"reason", "a byte order mark, or a byte of zero"}});
  }
  StrictCheck check;
  const bool whole = Json::sax_parse(bytes.begin(), bytes.end(), &check, Json::input_format_t::json,
                                     /*strict=*/true);
  if (!whole) throw Error(on_error, {{"reason", check.reason()}});
  return Json::parse(bytes.begin(), bytes.end());
}

std::string canonical(const Json& value) {
  std::string out;
  write_canonical(out, value);
  return out;
}

std::string pretty(const Json& value) {
  return value.dump(2) + "\n";
}

Fields::Fields(const Json& value, std::string where, Code on_error)
    : object_(value), where_(std::move(where)), on_error_(on_error) {
  if (!value.is_object()) fail("not an object");
}

void Fields::fail(const std::string& reason) const {
  throw Error(on_error_, {{"where", where_}, {"reason", reason}});
}

bool Fields::has(const char* name) const {
  return object_.contains(name);
}

const Json& Fields::any(const char* name) const {
  const auto found = object_.find(name);
  if (found == object_.end()) fail(fmt::format("\"{}\" is missing", name));
  return *found;
}

std::string Fields::text(const char* name) const {
  const Json& value = any(name);
  if (!value.is_string()) fail(fmt::format("\"{}\" is not a text", name));
  return value.get<std::string>();
}

std::string Fields::text_or(const char* name, std::string fallback) const {
  return has(name) ? text(name) : std::move(fallback);
}

std::uint64_t Fields::number(const char* name) const {
  const Json& value = any(name);
  if (!value.is_number_unsigned()) fail(fmt::format("\"{}\" is not a number from 0 on", name));
  return value.get<std::uint64_t>();
}

std::uint64_t Fields::number_or(const char* name, std::uint64_t fallback) const {
  return has(name) ? number(name) : fallback;
}

bool Fields::flag(const char* name) const {
  const Json& value = any(name);
  if (!value.is_boolean()) fail(fmt::format("\"{}\" is not true or false", name));
  return value.get<bool>();
}

bool Fields::flag_or(const char* name, bool fallback) const {
  return has(name) ? flag(name) : fallback;
}

const Json& Fields::array(const char* name, std::size_t most) const {
  const Json& value = any(name);
  if (!value.is_array()) fail(fmt::format("\"{}\" is not a list", name));
  if (value.size() > most) fail(fmt::format("\"{}\" has over {} items", name, most));
  return value;
}

const Json& Fields::object(const char* name) const {
  const Json& value = any(name);
  if (!value.is_object()) fail(fmt::format("\"{}\" is not an object", name));
  return value;
}

Fields Fields::fields(const char* name) const {
  return Fields(object(name), where_ + "." + name, on_error_);
}

}  // namespace xppkg
