#include "elevated_wire.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/apart.hpp"
#include "cli/terminal.hpp"
#include "verbs.hpp"

namespace xppkg::cli {
namespace {

using nlohmann::json;

constexpr auto kTellEvery = std::chrono::milliseconds(100);
constexpr Stage kStages[] = {Stage::check, Stage::download, Stage::prepare, Stage::verify,
                             Stage::commit};

void write(const json& value, Telling telling = Telling::counts) {
  tell(value.dump(-1, ' ', false, json::error_handler_t::replace), telling);
}

PlanResult plan_from(const json& value) {
  PlanResult plan;
  plan.from = value.at("from").get<std::string>();
  plan.to = value.at("to").get<std::string>();
  for (const json& step : value.at("steps")) {
    plan.steps.push_back({step.at("kind") == "full", step.at("from").get<std::string>(),
                          step.at("to").get<std::string>(), step.at("bytes").get<std::uint64_t>()});
  }
  plan.bytes = value.at("bytes").get<std::uint64_t>();
  plan.repair_bytes = value.at("mend_bytes").get<std::uint64_t>();
  plan.full_bytes = value.at("full_bytes").get<std::uint64_t>();
  plan.disk_bytes = value.at("disk_bytes").get<std::uint64_t>();
  if (const auto reason = plan_reason_of(value.at("reason").get<std::string>())) {
    plan.reason = *reason;
  }
  return plan;
}

Notice notice_from(const json& value) {
  return {value.at("id").get<std::string>(), value.at("path").get<std::string>(),
          value.at("detail").get<std::string>()};
}

ApplyResult result_from(const json& value) {
  ApplyResult result;
  result.plan = plan_from(value.at("plan"));
  result.changed = value.at("changed").get<bool>();
  result.downloaded = value.at("downloaded").get<std::uint64_t>();
  for (const json& notice : value.at("notices")) result.notices.push_back(notice_from(notice));
  return result;
}

Error error_from(const json& value) {
  const std::string name = value.at("id").get<std::string>();
  const auto row = std::ranges::find(all_codes(), name, &CodeInfo::id);
  Error error(row == all_codes().end() ? Code::internal : row->code);
  for (const json& fact : value.at("facts")) {
    error.with(fact.at(0).get<std::string>(), fact.at(1).get<std::string>());
  }
  return error;
}

void pass_on(const json& value, Observer& observer) {
  const std::string stage = value.at("stage").get<std::string>();
  const auto* known = std::ranges::find(kStages, stage, [](Stage one) { return id(one); });
  if (known == std::end(kStages)) return;
  observer.progress({*known, value.at("what").get<std::string>(),
                     value.at("done").get<std::uint64_t>(),
                     value.at("total").get<std::uint64_t>()});
}

}  // namespace

void WireObserver::progress(const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  const bool is_last = progress.total > 0 && progress.done == progress.total;
  if (!is_last && progress.done > 0 && now - last_ < kTellEvery) return;
  last_ = now;
  write({{"progress",
          {{"stage", id(progress.stage)},
           {"what", progress.what},
           {"done", progress.done},
           {"total", progress.total}}}},
        Telling::may_be_lost);
}

void WireObserver::notice(const Notice& notice) {
  write({{"notice", to_json(notice)}});
}

bool WireObserver::cancelled() {
  return was_interrupted();
}

void write_result(const ApplyResult& result) {
  json notices = json::array();
  for (const Notice& notice : result.notices) notices.push_back(to_json(notice));
  write({{"result",
          {{"plan", to_json(result.plan)},
           {"changed", result.changed},
           {"downloaded", result.downloaded},
           {"notices", notices}}}});
}

void write_error(const Error& error) {
  json facts = json::array();
  for (const Fact& fact : error.facts()) facts.push_back(json::array({fact.name, fact.value}));
  write({{"error", {{"id", info(error.code()).id}, {"facts", facts}}}});
}

void WireReader::take(std::string_view line) {
  try {
    const json value = json::parse(line);
    if (value.contains("progress")) pass_on(value.at("progress"), observer_);
    if (value.contains("notice")) observer_.notice(notice_from(value.at("notice")));
    if (value.contains("result")) result_ = result_from(value.at("result"));
    if (value.contains("error")) error_ = error_from(value.at("error"));
  } catch (const json::exception&) {
    // A shell's greeting, for instance. A run without a result in the end has failed.
  }
}

ApplyResult WireReader::result() const {
  if (error_) throw Error(*error_);
  if (!result_) {
    throw Error(Code::process_ended);
  }
  return *result_;
}

}  // namespace xppkg::cli
