#include "publish/policy.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/files.hpp"

namespace xppkg::publish {
namespace {

constexpr trust::Time kDay = 86'400;
constexpr std::uint64_t kMaxFile = 256 * 1024;
constexpr std::uint64_t kMaxDays = 36'500;
constexpr std::uint64_t kMaxWarnDays = 3'650;
constexpr const char* kFile = "policy.json";

// Long enough for a vendor who publishes twice a year and runs nothing in between.
std::uint64_t default_days(const std::string& role) {
  if (role == "root") return 3650;
  if (role == "timestamp" || role == "snapshot") return 365;
  return 1825;
}

void check(const std::string& what, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  if (value >= least && value <= most) return;
  throw Error(Code::usage_invalid,
              {{what, fmt::to_string(value)}, {"allowed", fmt::format("{} to {}", least, most)}});
}

}  // namespace

std::uint64_t Policy::days_of(const std::string& role) const {
  const auto found = days.find(role);
  return found == days.end() ? default_days(role) : found->second;
}

trust::Time Policy::end_of(const std::string& role, trust::Time now) const {
  return now + static_cast<trust::Time>(days_of(role)) * kDay;
}

void check_policy(const Policy& policy) {
  for (const auto& [role, days] : policy.days) check("days of " + role, days, 1, kMaxDays);
  check("warn", policy.warn_days, 0, kMaxWarnDays);
}

Policy parse_policy(ByteView bytes, const std::string& name) {
  const Json json = parse_strict(bytes, Code::usage_invalid);
  const Fields fields(json, name, Code::usage_invalid);
  if (fields.text("_type") != "xppkg-policy" || fields.text("format") != "1.0") {
    fields.fail("not a policy of this version");
  }
  // A member that is spelled wrongly must not pass for the default.
  if (json.size() != 4) fields.fail("it has other members than _type, format, days and warn");
  Policy policy;
  const Fields days = fields.fields("days");
  for (const auto& item : fields.object("days").items()) {
    policy.days[item.key()] = days.number(item.key().c_str());
  }
  policy.warn_days = fields.number("warn");
  check_policy(policy);
  return policy;
}

Policy read_policy(fs::FileSystem& disk, const fs::Path& key_folder) {
  const fs::Path file = key_folder / kFile;
  const auto bytes = fs::read_file_if_there(disk, file, kMaxFile);
  return bytes ? parse_policy(*bytes, fs::to_utf8(file)) : Policy{};
}

void write_policy(fs::FileSystem& disk, const fs::Path& key_folder, const Policy& policy) {
  check_policy(policy);
  Json days = Json::object();
  for (const auto& [role, value] : policy.days) days[role] = value;
  const std::string text = pretty(
      {{"_type", "xppkg-policy"}, {"format", "1.0"}, {"days", days}, {"warn", policy.warn_days}});
  fs::write_file_atomically(disk, key_folder / kFile, as_bytes(text));
}

std::vector<ExpiryWarning> expiry_warnings(const Published& published, const Policy& policy,
                                           trust::Time now) {
  std::vector<ExpiryWarning> warnings;
  const auto look = [&](const std::string& role, trust::Time expires) {
    const auto half = static_cast<trust::Time>(policy.days_of(role)) * kDay / 2;
    const trust::Time left = expires - now;
    if (left > std::min(static_cast<trust::Time>(policy.warn_days) * kDay, half)) return;
    warnings.push_back({role, expires, left >= 0 ? left / kDay : -((kDay - 1 - left) / kDay)});
  };
  look("root", published.set.root().expires);
  look("timestamp", published.set.timestamp()->expires);
  look("snapshot", published.set.snapshot()->expires);
  look("targets", published.set.targets().expires);
  for (const std::string& package : published.packages) {
    look(package, published.set.delegated(package).expires);
  }
  std::ranges::stable_sort(warnings, {}, &ExpiryWarning::expires);
  return warnings;
}

}  // namespace xppkg::publish
