#include "publish/policy.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "verbs.hpp"

namespace xppkg::release_tool {
namespace {

using cli::text;
using nlohmann::json;

struct Arguments {
  std::vector<std::string> days;
  std::optional<std::uint64_t> warn;
};

[[noreturn]] void refuse(const std::string& word, const char* reason) {
  throw Error(Code::usage_invalid, {{"--days", word}, {"reason", reason}});
}

void set_days(publish::Policy& policy, const publish::Published& published,
              const std::string& word) {
  const std::size_t equal = word.find('=');
  if (equal == std::string::npos) refuse(word, "not ROLE=DAYS");
  const std::string role = word.substr(0, equal);
  if (!published.set.root().roles.contains(role) && !published.has(role)) {
    throw Error(Code::notfound_package, {{"package", role}});
  }
  std::uint64_t days = 0;
  const char* end = word.data() + word.size();
  const auto [stop, failed] = std::from_chars(word.data() + equal + 1, end, days);
  if (failed != std::errc() || stop != end) refuse(word, "not a number of days");
  policy.days[role] = days;
}

int run(const Context& context, const Arguments& arguments) {
  const auto published = publish::read_repository(fs::native(), context.layout(), now(),
                                                  {1, publish::Expiry::ignored});
  auto policy = publish::read_policy(fs::native(), context.key_folder());
  for (const std::string& word : arguments.days) set_days(policy, published, word);
  if (arguments.warn) policy.warn_days = *arguments.warn;
  if (!arguments.days.empty() || arguments.warn) {
    publish::write_policy(fs::native(), context.key_folder(), policy);
  }
  std::vector<std::string> roles{"root", "targets", "snapshot", "timestamp"};
  roles.insert(roles.end(), published.packages.begin(), published.packages.end());
  json days = json::object();
  for (const std::string& role : roles) {
    days[role] = policy.days_of(role);
    if (!context.output_options.json)
      cli::print(fmt::format("{:<20} {:>6}", role, policy.days_of(role)));
  }
  if (context.output_options.json) {
    cli::print(json{{"days", days}, {"warn", policy.warn_days}});
  } else {
    cli::print(fmt::format("{:<20} {:>6}", "warn", policy.warn_days));
  }
  return 0;
}

}  // namespace

void add_policy(const cli::Command& app, Context& context) {
  const cli::Command verb = app.add_subcommand(
      "policy", text("Show or set for how many days signed metadata is valid, and when to warn"));
  auto arguments = std::make_shared<Arguments>();
  add_repository(verb, context);
  verb.add_option("--days", arguments->days,
                  text("Validity of a role from its next signing on (may be repeated)"))
      .one_each()
      .type_name("ROLE=DAYS");
  verb.add_option("--warn", arguments->warn, text("How many days before expiry to warn"))
      .type_name("DAYS");
  add_key_folder(verb, context);
  verb.add_examples(
      "  xppkg-release policy /srv/releases\n"
      "  xppkg-release policy /srv/releases --days timestamp=7 --warn 14");
  verb.callback([&context, arguments] {
    context.run = [&context, arguments] { return run(context, *arguments); };
  });
}

}  // namespace xppkg::release_tool
