#include "publish/audit.hpp"

#include <nlohmann/json.hpp>

#include "cli/error_text.hpp"
#include "verbs.hpp"

namespace xppkg::release_tool {
namespace {

using cli::text;
using nlohmann::json;

json to_json(const publish::Audit& audit, const json& warnings) {
  json problems = json::array();
  for (const auto& problem : audit.problems) {
    problems.push_back({{"path", problem.path}, {"error", problem.error}});
  }
  return {{"roots", audit.roots},
          {"files", audit.files},
          {"bytes", audit.bytes},
          {"problems", problems},
          {"warnings", warnings}};
}

int run(const Context& context) {
  publish::Audit audit;
  {
    cli::ConsoleObserver observer(context.output_options);
    const auto policy = warning_policy(context);
    audit = publish::verify_repository(fs::native(), context.layout(), policy, now(), observer);
  }
  const json warnings = tell_expiry(context, audit.warnings);
  const int status = audit.problems.empty() ? 0 : info(Code::trust_hash).exit_status;
  if (context.output_options.json) {
    cli::print(to_json(audit, warnings));
    return status;
  }
  for (const auto& problem : audit.problems) {
    cli::print(fmt::format("{}: {}", problem.path, cli::describe_failure(problem.error)));
  }
  if (audit.problems.empty()) {
    cli::say(text("{} files, {}: every byte is as it was signed.", audit.files,
                  cli::human_bytes(audit.bytes)));
    if (audit.roots > 1) cli::say(text("Clients can follow from each of {} roots.", audit.roots));
    return status;
  }
  cli::report(
      Error(Code::repository_invalid, {{"problems", std::to_string(audit.problems.size())}}),
      "xppkg-release", context.output_options, context.place());
  return status;
}

}  // namespace

void add_verify(const cli::Command& app, Context& context) {
  const cli::Command verb = app.add_subcommand(
      "verify", text("Read the whole repository as clients do and check every byte"));
  add_repository(verb, context);
  add_key_folder(verb, context);
  verb.add_examples("  xppkg-release verify /srv/releases");
  verb.callback([&context] { context.run = [&context] { return run(context); }; });
}

}  // namespace xppkg::release_tool
