#include "plan/planner.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "failure.hpp"
#include "publish/add.hpp"

namespace xppkg::plan {
namespace {

using manifest::Catalogue;
using manifest::Release;

Blake2b tree_of(const std::string& name) {
  return blake2b(as_bytes(name));
}

/// Releases 1 to n whose trees are called like them.
struct Shop {
  Catalogue catalogue;
  Request request;

  void release(const std::string& version, const std::string& tree, std::uint64_t full) {
    Release made{Version::parse(version), "any", {"stable"}, tree_of(tree),
                 {"m" + version, 9, {}},  {}};
    if (full > 0) made.full = manifest::TargetFile{"f" + version, full, {}};
    catalogue.releases.push_back(made);
  }
  void releases(int count, std::uint64_t full) {
    for (int i = 1; i <= count; ++i) release(std::to_string(i), std::to_string(i), full);
  }
  void delta(const std::string& from, const std::string& to, std::uint64_t size) {
    catalogue.deltas.push_back(
        {from, to, "any", tree_of(from), tree_of(to), {"d" + from + "-" + to, size, {}}});
  }
  Plan plan(const std::string& from, const std::string& to) {
    if (!from.empty()) {
      if (!request.base) request.base.emplace();
      request.base->version = from;
      request.base->tree = tree_of(from);
    }
    request.wanted = catalogue.find(Version::parse(to), "any");
    return make_plan(catalogue, request);
  }
};

std::string way(const Plan& plan) {
  std::string text;
  for (const Step& step : plan.steps) text += (text.empty() ? "" : " ") + step.payload.path;
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(planner, Shop)

BOOST_AUTO_TEST_CASE(cheapest_way_by_bytes_wins_over_fewer_steps) {
  releases(3, 1000);
  delta("1", "2", 10);
  delta("2", "3", 10);
  delta("1", "3", 50);
  const Plan made = plan("1", "3");
  BOOST_TEST(way(made) == "d1-2 d2-3");
  BOOST_TEST(made.bytes == 20u);
  BOOST_TEST(made.full_bytes == 1000u);
  BOOST_TEST(id(made.reason) == "delta-chain");
}

BOOST_AUTO_TEST_CASE(fewer_steps_win_between_equal_ways) {
  releases(3, 1000);
  delta("1", "2", 10);
  delta("2", "3", 10);
  delta("1", "3", 20);
  BOOST_TEST(way(plan("1", "3")) == "d1-3");
}

BOOST_AUTO_TEST_CASE(what_is_already_downloaded_costs_nothing) {
  releases(3, 1000);
  delta("1", "2", 10);
  delta("2", "3", 10);
  delta("1", "3", 50);
  request.present = [](const manifest::TargetFile& file) {
    return file.path == "d1-3" ? std::uint64_t{45} : 0;
  };
  BOOST_TEST(way(plan("1", "3")) == "d1-3");
  BOOST_TEST(plan("1", "3").bytes == 5u);
  request.present = [](const manifest::TargetFile& file) {
    return file.path == "f3" ? std::uint64_t{5000} : 0;  // More than there is to download.
  };
  BOOST_TEST(way(plan("1", "3")) == "f3");
  BOOST_TEST(plan("1", "3").bytes == 0u);
}

BOOST_AUTO_TEST_CASE(full_package_is_taken_where_it_is_cheaper) {
  releases(2, 40);
  delta("1", "2", 41);
  const Plan made = plan("1", "2");
  BOOST_TEST(way(made) == "f2");
  BOOST_TEST(made.steps.at(0).is_full);
  BOOST_TEST(id(made.reason) == "full-cheaper");
}

BOOST_AUTO_TEST_CASE(unknown_and_missing_bases_and_damage_for_good_lead_to_the_full_package) {
  releases(2, 40);
  delta("1", "2", 1);
  BOOST_TEST(id(plan("", "2").reason) == "first-install");
  BOOST_TEST(id(plan("stranger", "2").reason) == "unknown-base");
  request.base = InstalledBase{"1", tree_of("1"), true, std::nullopt};
  BOOST_TEST(id(plan("1", "2").reason) == "damaged-base");
  BOOST_TEST(way(plan("1", "2")) == "f2");
  BOOST_TEST(way(plan("2", "2")) == "f2");  // The same release again, to repair it.
}

BOOST_AUTO_TEST_CASE(damaged_base_is_repaired_before_its_delta_where_both_are_smaller_than_full) {
  releases(2, 40);
  delta("1", "2", 10);
  request.base = InstalledBase{"", {}, true, 30};
  const Plan repaired = plan("1", "2");
  BOOST_TEST(way(repaired) == "d1-2");
  BOOST_TEST(id(repaired.reason) == "mended-base");
  BOOST_TEST(repaired.bytes == 40u);
  BOOST_TEST(repaired.repair_bytes == 30u);
  BOOST_TEST(repaired.full_bytes == 40u);
  request.base->repair_bytes = 31;
  BOOST_TEST(way(plan("1", "2")) == "f2");
  BOOST_TEST(id(plan("1", "2").reason) == "damaged-base");
  BOOST_TEST(plan("1", "2").repair_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(repair_is_not_the_reason_where_the_full_package_is_smaller_anyway) {
  releases(2, 40);
  delta("1", "2", 41);
  request.base = InstalledBase{"", {}, true, 1};
  BOOST_TEST(id(plan("1", "2").reason) == "full-cheaper");
}

BOOST_AUTO_TEST_CASE(damaged_release_that_is_wanted_is_repaired_without_a_step) {
  releases(1, 40);
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{30}}) {
    request.base = InstalledBase{"", {}, true, bytes};
    const Plan repaired = plan("1", "1");
    BOOST_TEST(repaired.steps.empty());
    BOOST_TEST(id(repaired.reason) == "mended-base");
    BOOST_TEST(repaired.bytes == bytes);
  }
}

BOOST_AUTO_TEST_CASE(lost_contents_that_no_entry_needs_now_are_repaired_for_a_delta_only) {
  releases(2, 40);
  delta("1", "2", 10);
  request.base = InstalledBase{"", {}, false, 5};
  BOOST_TEST(id(plan("1", "1").reason) == "up-to-date");
  BOOST_TEST(id(plan("1", "2").reason) == "mended-base");
  request.base->repair_bytes = std::nullopt;
  BOOST_TEST(id(plan("1", "1").reason) == "up-to-date");
  BOOST_TEST(id(plan("1", "2").reason) == "damaged-base");
}

BOOST_AUTO_TEST_CASE(base_is_known_by_its_contents_and_not_by_its_version) {
  releases(2, 40);
  delta("1", "2", 1);
  request.base = InstalledBase{"renamed", tree_of("1"), false};
  request.wanted = catalogue.find(Version::parse("2"), "any");
  BOOST_TEST(way(make_plan(catalogue, request)) == "d1-2");
}

BOOST_AUTO_TEST_CASE(refused_delta_is_left_out) {
  releases(3, 1000);
  delta("1", "2", 10);
  delta("2", "3", 10);
  delta("1", "3", 50);
  request.refused = [](const manifest::Delta& delta) { return delta.file.path == "d2-3"; };
  BOOST_TEST(way(plan("1", "3")) == "d1-3");
  request.refused = [](const manifest::Delta&) { return true; };
  BOOST_TEST(way(plan("1", "3")) == "f3");
  BOOST_TEST(id(plan("1", "3").reason) == "refused-delta");
}

BOOST_AUTO_TEST_CASE(without_a_way_and_a_full_package_there_is_no_plan) {
  releases(2, 40);
  BOOST_TEST(id(plan("1", "2").reason) == "no-chain");
  catalogue.releases[1].full.reset();
  BOOST_TEST(test::error_of([&] { plan("1", "2"); }) == "plan.none");
  BOOST_TEST(test::error_of([&] { plan("", "2"); }) == "plan.none");
}

BOOST_AUTO_TEST_CASE(same_contents_need_no_download) {
  release("1", "same", 40);
  release("2", "same", 40);
  request.base = InstalledBase{"1", tree_of("same"), false};
  request.wanted = &catalogue.releases[1];
  const Plan made = make_plan(catalogue, request);
  BOOST_TEST(made.steps.empty());
  BOOST_TEST(made.full_bytes == 40u);
  BOOST_TEST(id(made.reason) == "same-contents");
  request.base = InstalledBase{"2", tree_of("same"), false};
  BOOST_TEST(id(make_plan(catalogue, request).reason) == "up-to-date");
}

// Only the manifest of the release that a delta was made for describes the delta's blocks.
BOOST_AUTO_TEST_CASE(step_names_the_manifest_that_describes_its_payload) {
  release("1", "1", 1000);
  release("2", "same", 1000);
  release("2.1", "same", 1000);
  release("3", "3", 1000);
  catalogue.deltas.push_back({"1", "2.1", "any", tree_of("1"), tree_of("same"), {"d", 5, {}}});
  catalogue.deltas.push_back({"2", "3", "any", tree_of("same"), tree_of("3"), {"e", 5, {}}});
  const Plan through = plan("1", "3");
  BOOST_TEST(way(through) == "d e");
  BOOST_TEST(through.steps.at(0).manifest.path == "m2.1");
  BOOST_TEST(through.steps.at(1).manifest.path == "m3");
  const Plan there = plan("1", "2");
  BOOST_TEST(way(there) == "d");
  BOOST_TEST(there.steps.at(0).manifest.path == "m2.1");
}

BOOST_AUTO_TEST_CASE(delta_to_contents_that_no_release_has_is_not_used) {
  releases(2, 100);
  delta("1", "withdrawn", 1);
  delta("withdrawn", "2", 1);
  BOOST_TEST(way(plan("1", "2")) == "f2");
}

BOOST_AUTO_TEST_CASE(chain_over_forty_releases_uses_skip_deltas) {
  releases(40, 100'000);
  for (std::size_t i = 0; i < 40; ++i) {
    for (const std::size_t base : publish::delta_bases(i, 3)) {
      delta(std::to_string(base + 1), std::to_string(i + 1), 10 + (i - base));
    }
  }
  const Plan made = plan("1", "40");
  BOOST_TEST(id(made.reason) == "delta-chain");
  BOOST_TEST(made.steps.size() <= 8u);
  BOOST_TEST(made.bytes == made.steps.size() * 10 + 39);
  for (std::size_t i = 1; i < made.steps.size(); ++i) {
    BOOST_TEST((made.steps[i].base == made.steps[i - 1].tree));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(delta_bases)

BOOST_AUTO_TEST_CASE(bases_are_earlier_and_different_begin_with_the_last_and_are_capped) {
  BOOST_TEST(publish::delta_bases(0, 3).empty());
  for (std::size_t index = 1; index <= 200; ++index) {
    for (std::size_t most = 0; most <= 9; ++most) {
      const auto bases = publish::delta_bases(index, most);
      BOOST_TEST(bases.size() <= most);
      if (most > 0) BOOST_TEST(bases.at(0) == index - 1);
      BOOST_TEST(std::set<std::size_t>(bases.begin(), bases.end()).size() == bases.size());
      for (const std::size_t base : bases) BOOST_TEST(base < index);
    }
  }
}

BOOST_AUTO_TEST_CASE(any_release_is_reached_from_any_earlier_one_in_few_steps) {
  constexpr std::size_t kReleases = 200;
  std::size_t worst = 0;
  for (std::size_t from = 0; from < kReleases; ++from) {
    std::vector<std::size_t> steps(kReleases, 0);
    for (std::size_t to = from + 1; to < kReleases; ++to) {
      steps[to] = kReleases;
      for (const std::size_t base : publish::delta_bases(to, 3)) {
        if (base >= from) steps[to] = std::min(steps[to], steps[base] + 1);
      }
      worst = std::max(worst, steps[to]);
    }
  }
  BOOST_TEST(worst <= 16u);  // Twice the logarithm of 200.
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::plan
