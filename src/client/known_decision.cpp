#include "known_decision.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/files.hpp"
#include "fs/system.hpp"

namespace xppkg::client {
namespace {

constexpr std::uint64_t kMaxBytes = 16 * 1024;

KnownDecision parse(ByteView bytes) {
  const Json json = parse_strict(bytes, Code::corrupt_state);
  const Fields fields(json, "decision.json", Code::corrupt_state);
  const auto policy = policy_of(fields.text("policy"));
  if (!policy) fields.fail("a policy that is none");
  return {fields.text("database"),
          fields.number("counter"),
          fields.text("version"),
          *policy,
          trust::parse_time(fields.text("decided_at")),
          fields.text("site")};
}

}  // namespace

fs::Path users_known_decision(const install::Layout& layout) {
  const fs::Path data = fs::users_data_folder();
  if (data.empty()) return {};
  const std::string name = blake2b(as_bytes(fs::to_utf8(layout.root))).hex();
  return data / "xppkg" / name / "decision.json";
}

bool follows(const site::Decision& decision, const KnownDecision& known, bool are_signed) {
  return decision.counter >= known.counter || (!are_signed && decision.at > known.at);
}

std::optional<KnownDecision> load_known_decision(fs::FileSystem& disk, const fs::Path& file,
                                                 const std::string& database) {
  try {
    const auto bytes = fs::read_file_if_there(disk, file, kMaxBytes);
    if (!bytes) return std::nullopt;
    KnownDecision known = parse(*bytes);
    if (known.database != database) return std::nullopt;
    return known;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void save_known_decision(fs::FileSystem& disk, const fs::Path& file, const KnownDecision& known) {
  const Json json{{"database", known.database},
                  {"counter", known.counter},
                  {"version", known.version},
                  {"policy", id(known.policy)},
                  {"decided_at", trust::format_time(known.at)},
                  {"site", known.site}};
  fs::write_file_atomically(disk, file, as_bytes(pretty(json)));
}

}  // namespace xppkg::client
