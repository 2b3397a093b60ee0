#pragma once

#include <memory>

#include "cli/program.hpp"
#include "xppkg/site.hpp"
#include "xppkg/updater.hpp"

namespace xppkg::cli {

/// Context of the xppkg program: the folder that -C names.
struct FolderContext : Context {
  std::string folder = ".";
};

void add_init(CLI::App& app, FolderContext& context);
void add_install(CLI::App& app, FolderContext& context);
void add_check(CLI::App& app, FolderContext& context);
void add_plan(CLI::App& app, FolderContext& context);
void add_apply(CLI::App& app, FolderContext& context);
void add_verify(CLI::App& app, FolderContext& context);
void add_repair(CLI::App& app, FolderContext& context);
void add_rollback(CLI::App& app, FolderContext& context);
void add_confirm(CLI::App& app, FolderContext& context);
void add_start(CLI::App& app, FolderContext& context);
void add_recover(CLI::App& app, FolderContext& context);
void add_status(CLI::App& app, FolderContext& context);
void add_history(CLI::App& app, FolderContext& context);
/// The step that `apply --elevate` runs with other rights; not for people.
void add_elevated_apply(CLI::App& app, FolderContext& context);
void add_release(CLI::App& app, FolderContext& context);
void add_test(CLI::App& app, FolderContext& context);
void add_hold(CLI::App& app, FolderContext& context);
void add_unhold(CLI::App& app, FolderContext& context);
void add_gate(CLI::App& app, FolderContext& context);
void add_fleet(CLI::App& app, FolderContext& context);
void add_site(CLI::App& app, FolderContext& context);
void add_restart(CLI::App& app, FolderContext& context);

/// --wait, for the verbs that commit: how long they wait for programs that run from the folder.
std::shared_ptr<unsigned> add_wait_option(CLI::App& verb);

/// The result of install and apply, for people or as JSON.
void show(const ApplyResult& result, const Manner& manner);
void show(const ReleaseResult& result, const Manner& manner);
/// A plan as lines for people.
void show_steps(const PlanResult& plan);
nlohmann::json to_json(const PlanResult& plan);
/// What a plan's reason means, for people.
std::string describe_reason(const std::string& reason);
/// What verification found at a file, for people.
std::string describe_finding(const std::string& finding);

}  // namespace xppkg::cli
