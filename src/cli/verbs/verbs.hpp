#pragma once

#include <memory>

#include "cli/program.hpp"
#include "xppkg/site.hpp"
#include "xppkg/updater.hpp"

namespace xppkg::cli {

/// Context of the xppkg program: the folder that -C names.
struct FolderContext : Context {
  std::string folder = ".";

  [[nodiscard]] std::string place() const override { return folder; }
};

void add_init(const Command& app, FolderContext& context);
void add_configure(const Command& app, FolderContext& context);
void add_install(const Command& app, FolderContext& context);
void add_check(const Command& app, FolderContext& context);
void add_plan(const Command& app, FolderContext& context);
void add_download(const Command& app, FolderContext& context);
void add_apply(const Command& app, FolderContext& context);
void add_verify(const Command& app, FolderContext& context);
void add_repair(const Command& app, FolderContext& context);
void add_rollback(const Command& app, FolderContext& context);
void add_confirm(const Command& app, FolderContext& context);
void add_start(const Command& app, FolderContext& context);
void add_recover(const Command& app, FolderContext& context);
void add_status(const Command& app, FolderContext& context);
void add_history(const Command& app, FolderContext& context);
/// The step that `apply --elevate` runs with other rights; not for people.
void add_elevated_apply(const Command& app, FolderContext& context);
void add_release(const Command& app, FolderContext& context);
void add_test(const Command& app, FolderContext& context);
void add_hold(const Command& app, FolderContext& context);
void add_unhold(const Command& app, FolderContext& context);
void add_gate(const Command& app, FolderContext& context);
void add_fleet(const Command& app, FolderContext& context);
void add_site(const Command& app, FolderContext& context);
void add_restart(const Command& app, FolderContext& context);
void add_trust(const Command& app, FolderContext& context);

/// Tells people that a commit was broken off or goes on: who only looks does not recover.
void say_broken_off(const std::string& folder);

/// How long verbs that commit wait for programs that run from the folder.
struct WaitOptions {
  unsigned seconds = 10;
  bool overrides = false;
  void apply_to(Updater& updater) const {
    if (overrides) return updater.override_programs();
    updater.set_wait(std::chrono::seconds(seconds));
  }
};
std::shared_ptr<WaitOptions> add_wait_option(const Command& verb);

/// Which release a verb is about that changes nothing.
struct SelectorOptions {
  std::optional<std::string> version;
  bool newest = false;

  [[nodiscard]] ReleaseSelector selector() const {
    if (newest) return {ReleaseSelector::Kind::newest, ""};
    if (version) return {ReleaseSelector::Kind::version, *version};
    return {};
  }
};
std::shared_ptr<SelectorOptions> add_selector_options(const Command& verb);

/// The result of install and apply, for people or as JSON.
void show(const ApplyResult& result, const OutputOptions& output_options);
void show(const ReleaseResult& result, const OutputOptions& output_options);
/// Shows the signed decision, its key and its site; shows nothing where nothing was signed.
void show_signed(const ReleaseResult& result);
nlohmann::json to_json(const ReleaseResult& result);
/// A plan as lines for people.
void show_steps(const PlanResult& plan);
nlohmann::json to_json(const PlanResult& plan);
/// A plan's reason, in words for people.
std::string describe_reason(PlanReason reason);
/// A policy's id; empty where there is none.
std::string policy_text(const std::optional<Policy>& policy);
/// A finding of verification, in words for people.
std::string describe_finding(Finding finding);

}  // namespace xppkg::cli
