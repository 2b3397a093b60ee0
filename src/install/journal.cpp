#include "install/journal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

#include "base/digest.hpp"
#include "base/json.hpp"

namespace xppkg::install {
namespace {

constexpr std::array<const char*, 7> kKinds{"put",   "displace", "remove", "mkdir",
                                            "rmdir", "chmod",    "respell"};
constexpr std::size_t kCheckDigits = 16;

std::string check_of(std::string_view text) {
  return blake2b(as_bytes(text)).hex().substr(0, kCheckDigits);
}

void add_record(std::string& out, const Json& record) {
  const std::string text = canonical(record);
  out += check_of(text) + " " + text + "\n";
}

[[noreturn]] void damaged(const std::string& reason) {
  throw Error(Code::corrupt_state, {{"file", "journal"}, {"reason", reason}});
}

Json next_record(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || end <= kCheckDigits) damaged("a record is cut");
  const std::string_view line = text.substr(kCheckDigits + 1, end - kCheckDigits - 1);
  if (text[kCheckDigits] != ' ' || text.substr(0, kCheckDigits) != check_of(line))
    damaged("a record's checksum is wrong");
  text.remove_prefix(end + 1);
  return parse_strict(as_bytes(line), Code::corrupt_state);
}

Json write_operation(const Operation& operation) {
  Json json{{"op", kKinds[static_cast<std::size_t>(operation.kind)]},
            {"path", operation.path},
            {"number", operation.number},
            {"replaces", operation.replaces},
            {"mode", operation.mode},
            {"old_mode", operation.old_mode},
            {"place", operation.place},
            {"old_digest", operation.old_digest ? operation.old_digest->hex() : ""},
            {"seen", operation.seen},
            {"rescue", operation.rescue},
            {"brings", operation.brings},
            {"new_digest", operation.new_digest ? operation.new_digest->hex() : ""}};
  if (operation.kind == Operation::Kind::respell) json["to"] = operation.to;
  return json;
}

std::string read_path(const std::string& text) {
  try {
    return RelPath::parse(text).text();
  } catch (const Error& error) {
    damaged(error.what());
  }
}

std::uint32_t read_mode(const Fields& fields, const char* name) {
  const std::uint64_t mode = fields.number(name);
  if (mode > 07777) damaged("a mode over 07777");
  return static_cast<std::uint32_t>(mode);
}

std::optional<Blake2b> read_digest(const std::string& text) {
  if (text.empty()) return std::nullopt;
  try {
    return Blake2b::from_hex(text);
  } catch (const Error& error) {
    damaged(error.what());
  }
}

Operation read_operation(const Json& record) {
  const Fields fields(record, "journal", Code::corrupt_state);
  const auto kind = std::ranges::find(kKinds, fields.text("op"));
  if (kind == kKinds.end()) damaged("an unknown operation");
  Operation operation;
  operation.kind = static_cast<Operation::Kind>(kind - kKinds.begin());
  operation.path = read_path(fields.text("path"));
  operation.number = fields.number("number");
  operation.replaces = fields.flag("replaces");
  operation.mode = read_mode(fields, "mode");
  operation.old_mode = read_mode(fields, "old_mode");
  operation.place = fields.text("place");
  if (!operation.place.empty()) read_path(operation.place);
  operation.old_digest = read_digest(fields.text_or("old_digest", ""));
  operation.seen = fields.text_or("seen", "");
  operation.rescue = fields.text_or("rescue", "");
  if (!operation.rescue.empty()) read_path(operation.rescue);
  operation.brings = fields.text_or("brings", "");
  operation.new_digest = read_digest(fields.text_or("new_digest", ""));
  if (operation.kind == Operation::Kind::respell) operation.to = read_path(fields.text("to"));
  return operation;
}

}  // namespace

std::string Journal::write() const {
  std::string out;
  add_record(out, {{"journal", "1.0"}, {"from", from}, {"to", to}});
  for (const Operation& operation : operations) add_record(out, write_operation(operation));
  add_record(out, {{"end", operations.size()}});
  return out;
}

Journal Journal::read(ByteView bytes) {
  std::string_view text = as_text(bytes);
  const Json head = next_record(text);
  const Fields fields(head, "journal", Code::corrupt_state);
  if (!fields.text("journal").starts_with("1.")) {
    throw Error(Code::unsupported_format, {{"file", "journal"}});
  }
  Journal journal;
  journal.from = fields.text("from");
  journal.to = fields.text("to");
  while (true) {
    const Json record = next_record(text);
    if (record.contains("end")) {
      if (Fields(record, "journal", Code::corrupt_state).number("end") !=
              journal.operations.size() ||
          !text.empty()) {
        damaged("the number of records is wrong");
      }
      return journal;
    }
    journal.operations.push_back(read_operation(record));
  }
}

}  // namespace xppkg::install
