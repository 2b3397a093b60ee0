#include "xppkg/outcomes.hpp"

#include <algorithm>
#include <array>

namespace xppkg {
namespace {

template <typename Value>
struct Row {
  Value value;
  std::string_view id;
};

constexpr std::array kReasons{
    Row{PlanReason::up_to_date, "up-to-date"},
    Row{PlanReason::same_contents, "same-contents"},
    Row{PlanReason::kept, "kept"},
    Row{PlanReason::delta_chain, "delta-chain"},
    Row{PlanReason::first_install, "first-install"},
    Row{PlanReason::unknown_base, "unknown-base"},
    Row{PlanReason::repaired_base, "mended-base"},
    Row{PlanReason::damaged_base, "damaged-base"},
    Row{PlanReason::refused_delta, "refused-delta"},
    Row{PlanReason::no_chain, "no-chain"},
    Row{PlanReason::full_cheaper, "full-cheaper"},
    Row{PlanReason::no_decision, "no-decision"},
    Row{PlanReason::nothing_newer, "nothing-newer"},
    Row{PlanReason::rolled_back, "rolled-back"},
};
constexpr std::array kFindings{
    Row{Finding::missing, "missing"},           Row{Finding::changed, "changed"},
    Row{Finding::wrong_mode, "wrong-mode"},     Row{Finding::wrong_kind, "wrong-kind"},
    Row{Finding::wrong_link, "wrong-link"},     Row{Finding::config_changed, "config-changed"},
    Row{Finding::mode_changed, "mode-changed"},
};
constexpr std::array kPolicies{
    Row{Policy::required, "required"},
    Row{Policy::recommended, "recommended"},
};
constexpr std::array kDatabaseStates{
    Row{DatabaseState::none, "none"},
    Row{DatabaseState::undecided, "undecided"},
    Row{DatabaseState::released, "released"},
    Row{DatabaseState::refused, "refused"},
    Row{DatabaseState::unreachable, "unreachable"},
};
constexpr std::array kRecoveries{
    Row{Recovery::nothing, "nothing"},
    Row{Recovery::completed, "completed"},
    Row{Recovery::undone, "undone"},
};

template <typename Rows, typename Value>
std::string_view id_in(const Rows& rows, Value value) {
  const auto row = std::ranges::find_if(rows, [&](const auto& one) { return one.value == value; });
  return row == rows.end() ? std::string_view() : row->id;
}

template <typename Rows>
auto value_in(const Rows& rows, std::string_view id) {
  const auto row = std::ranges::find_if(rows, [&](const auto& one) { return one.id == id; });
  return row == rows.end() ? std::nullopt : std::optional(row->value);
}

}  // namespace

std::string_view id(PlanReason reason) {
  return id_in(kReasons, reason);
}
std::string_view id(Finding finding) {
  return id_in(kFindings, finding);
}
std::string_view id(Policy policy) {
  return id_in(kPolicies, policy);
}
std::string_view id(DatabaseState state) {
  return id_in(kDatabaseStates, state);
}
std::string_view id(Recovery recovery) {
  return id_in(kRecoveries, recovery);
}

std::optional<PlanReason> plan_reason_of(std::string_view id) {
  return value_in(kReasons, id);
}
std::optional<Policy> policy_of(std::string_view id) {
  return value_in(kPolicies, id);
}

}  // namespace xppkg
