#include "plan/planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <queue>

namespace xppkg::plan {
namespace {

using manifest::Catalogue;
using manifest::Delta;
using manifest::Release;
using manifest::TargetFile;

/// The cost of a way: bytes first, then steps.
using Cost = std::pair<std::uint64_t, std::size_t>;

std::uint64_t missing(const Request& request, const TargetFile& file) {
  return file.size - std::min(file.size, request.present ? request.present(file) : 0);
}

/// The release that a delta was published with: only its manifest describes the delta. Another one
/// may have the same contents.
const Release* made_by(const Catalogue& catalogue, const Delta& delta) {
  const auto found = std::ranges::find_if(catalogue.releases, [&](const Release& release) {
    return release.tree == delta.tree && release.platform == delta.platform &&
           release.version.text() == delta.to;
  });
  return found == catalogue.releases.end() ? nullptr : &*found;
}

struct Arrival {
  Cost cost;
  const Delta* by = nullptr;
};

class Search {
 public:
  Search(const Catalogue& catalogue, const Request& request)
      : catalogue_(catalogue), request_(request) {}

  /// The deltas of the cheapest way from the base to the wanted tree; empty if there is none.
  std::vector<const Delta*> run() {
    best_[request_.base->tree] = {};
    open_.push({{0, 0}, request_.base->tree});
    while (!open_.empty()) {
      const auto [cost, tree] = open_.top();
      open_.pop();
      if (cost > best_[tree].cost) continue;
      if (tree == request_.wanted->tree) return way();
      for (const Delta& delta : catalogue_.deltas) {
        if (delta.base == tree) extend(cost, delta);
      }
    }
    return {};
  }

  [[nodiscard]] bool met_refused() const { return met_refused_; }

 private:
  void extend(const Cost& cost, const Delta& delta) {
    if (request_.refused && request_.refused(delta)) {
      met_refused_ = true;
      return;
    }
    if (made_by(catalogue_, delta) == nullptr) return;  // No manifest describes its blocks.
    const Cost next{cost.first + missing(request_, delta.file), cost.second + 1};
    const auto known = best_.find(delta.tree);
    if (known != best_.end() && known->second.cost <= next) return;
    best_[delta.tree] = {next, &delta};
    open_.push({next, delta.tree});
  }

  [[nodiscard]] std::vector<const Delta*> way() {
    std::vector<const Delta*> deltas;
    for (const Delta* by = best_[request_.wanted->tree].by; by != nullptr;
         by = best_[by->base].by) {
      deltas.push_back(by);
    }
    std::ranges::reverse(deltas);
    return deltas;
  }

  using Item = std::pair<Cost, Blake2b>;

  const Catalogue& catalogue_;
  const Request& request_;
  std::map<Blake2b, Arrival> best_;
  std::priority_queue<Item, std::vector<Item>, std::greater<>> open_;
  bool met_refused_ = false;
};

Step full_step(const Release& release) {
  return {true, "", release.version.text(), {}, release.tree, *release.full, release.manifest};
}

Step delta_step(const Catalogue& catalogue, const Delta& delta) {
  return {false,
          delta.from,
          delta.to,
          delta.base,
          delta.tree,
          delta.file,
          made_by(catalogue, delta)->manifest};
}

Plan full_plan(const Request& request, Reason reason) {
  const Release& wanted = *request.wanted;
  if (!wanted.full) {
    throw Error(Code::plan_none, {{"to", wanted.version.text()}, {"why", std::string(id(reason))}});
  }
  Plan plan;
  plan.steps.push_back(full_step(wanted));
  plan.bytes = missing(request, *wanted.full);
  plan.full_bytes = wanted.full->size;
  plan.reason = reason;
  return plan;
}

/// Makes the base whole, and no more.
Plan repair_plan(const Request& request) {
  Plan plan;
  plan.repair_bytes = *request.base->repair_bytes;
  plan.bytes = plan.repair_bytes;
  if (request.wanted->full) plan.full_bytes = request.wanted->full->size;
  const bool repairs = request.base->damaged || plan.repair_bytes > 0;
  plan.reason = repairs ? Reason::repaired_base : Reason::delta_chain;
  return plan;
}

Plan chain_or_full(const Catalogue& catalogue, const Request& request) {
  const Release& wanted = *request.wanted;
  Search search(catalogue, request);
  Plan plan = repair_plan(request);
  for (const Delta* delta : search.run()) {
    plan.steps.push_back(delta_step(catalogue, *delta));
    plan.bytes += missing(request, delta->file);
  }
  if (plan.steps.empty()) {
    if (search.met_refused()) return full_plan(request, Reason::refused_delta);
    const bool known = catalogue.with_tree(request.base->tree) != nullptr;
    return full_plan(request, known ? Reason::no_chain : Reason::unknown_base);
  }
  const std::uint64_t full = wanted.full ? missing(request, *wanted.full) : plan.bytes;
  if (full >= plan.bytes) return plan;
  const bool deltas_alone_win = plan.bytes - plan.repair_bytes <= full;
  return full_plan(request, deltas_alone_win ? Reason::damaged_base : Reason::full_cheaper);
}

}  // namespace

Plan make_plan(const Catalogue& catalogue, const Request& request) {
  const Release& wanted = *request.wanted;
  if (!request.base) return full_plan(request, Reason::first_install);
  const bool is_there = request.base->tree == wanted.tree;
  if (!is_there || request.base->damaged) {
    if (!request.base->repair_bytes) return full_plan(request, Reason::damaged_base);
    return is_there ? repair_plan(request) : chain_or_full(catalogue, request);
  }
  Plan plan;
  if (wanted.full) plan.full_bytes = wanted.full->size;
  plan.reason =
      request.base->version == wanted.version.text() ? Reason::up_to_date : Reason::same_contents;
  return plan;
}

}  // namespace xppkg::plan
