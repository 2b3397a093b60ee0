#include "publish/prune.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "failure.hpp"
#include "plan/planner.hpp"
#include "publish/add.hpp"

namespace xppkg::publish {
namespace {

using manifest::Catalogue;
using manifest::Release;

/// The role of a package "app", as words: each release has a tree of its own.
struct Shelf {
  trust::Targets role;

  static Json custom(const char* kind, const std::string& version, const std::string& platform) {
    return {{"kind", kind},
            {"package", "app"},
            {"version", version},
            {"platform", platform},
            {"tree", blake2b(as_bytes(platform + " " + version)).hex()}};
  }
  void put(const std::string& path, std::uint64_t length, Json custom) {
    trust::Target& target = role.targets[path];
    target.length = length;
    target.hashes = sha256({});
    target.custom = std::move(custom);
  }
  void release(const std::string& version, const std::vector<std::string>& channels,
               std::uint64_t full, const std::string& platform = "any") {
    const std::string folder = "app/" + version + "/" + platform + "/";
    Json made = custom("manifest", version, platform);
    made["channels"] = channels;
    put(folder + "manifest.json", 9, made);
    put(folder + "full.xpp", full, custom("full", version, platform));
  }
  void delta(const std::string& from, const std::string& to, std::uint64_t size,
             const std::string& platform = "any") {
    Json made = custom("delta", to, platform);
    made["from"] = from;
    made["base"] = blake2b(as_bytes(platform + " " + from)).hex();
    put("app/" + to + "/" + platform + "/from-" + from + ".xpp", size, made);
  }

  [[nodiscard]] PrunedRole prune(std::size_t keep) const { return prune_role("app", role, keep); }
};

std::string paths(const trust::Targets& role) {
  std::string text;
  for (const auto& [path, target] : role.targets) text += path.substr(4) + " ";
  return text;
}

/// Bytes of the cheapest way; none: -1.
std::int64_t cost(const trust::Targets& role, const std::string& from, const std::string& to) {
  const Catalogue catalogue = manifest::read_catalogue("app", role);
  const Release* base = catalogue.find(Version::parse(from), "any");
  plan::Request request;
  request.base = plan::InstalledBase{from, base->tree, false};
  request.wanted = catalogue.find(Version::parse(to), "any");
  try {
    return static_cast<std::int64_t>(plan::make_plan(catalogue, request).bytes);
  } catch (const Error&) {
    return -1;
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(prune, Shelf)

BOOST_AUTO_TEST_CASE(deltas_that_no_cheapest_way_takes_go) {
  for (const char* version : {"1", "2", "3"}) release(version, {"stable"}, 100);
  delta("1", "2", 10);
  delta("2", "3", 10);
  delta("1", "3", 50);
  const PrunedRole pruned = prune(3);
  BOOST_TEST(pruned.releases.empty());
  BOOST_TEST(pruned.deltas.size() == 1u);
  BOOST_TEST(!pruned.role.targets.contains("app/3/any/from-1.xpp"));
  BOOST_TEST(pruned.role.targets.contains("app/2/any/from-1.xpp"));
}

BOOST_AUTO_TEST_CASE(all_of_an_old_release_goes_with_the_deltas_from_it) {
  for (const char* version : {"1", "2"}) release(version, {"stable"}, 100);
  delta("1", "2", 10);
  BOOST_TEST(paths(prune(1).role) == "2/any/full.xpp 2/any/manifest.json ");
  BOOST_TEST(prune(1).releases.size() == 1u);
  BOOST_TEST(!prune(1).releases.at(0).is_step);
}

BOOST_AUTO_TEST_CASE(release_between_two_kept_ones_stays_as_a_step_without_channel_and_package) {
  release("1", {"lts"}, 100);
  release("2", {"stable"}, 100);
  release("3", {"stable"}, 100);
  delta("1", "2", 10);
  delta("2", "3", 10);
  const PrunedRole pruned = prune(1);
  BOOST_TEST(paths(pruned.role) ==
             "1/any/full.xpp 1/any/manifest.json 2/any/from-1.xpp 2/any/manifest.json "
             "3/any/from-2.xpp 3/any/full.xpp 3/any/manifest.json ");
  BOOST_TEST(pruned.role.targets.at("app/2/any/manifest.json").custom.at("channels").empty());
  BOOST_TEST(pruned.releases.at(0).is_step);
  BOOST_TEST(!prune_role("app", pruned.role, 1).changes());
}

BOOST_AUTO_TEST_CASE(step_goes_when_no_kept_chain_needs_it_any_more) {
  release("1", {"lts"}, 100);
  release("2", {"stable"}, 100);
  release("3", {"stable"}, 100);
  delta("1", "2", 10);
  delta("2", "3", 10);
  role = prune(1).role;
  release("4", {"lts", "stable"}, 100);
  delta("3", "4", 10);
  BOOST_TEST(paths(prune(1).role) == "4/any/full.xpp 4/any/manifest.json ");
}

BOOST_AUTO_TEST_CASE(newest_are_counted_for_each_platform_and_channel) {
  release("1", {"lts"}, 100);
  release("2", {"stable"}, 100);
  release("3", {"beta", "stable"}, 100);
  release("1", {"stable"}, 100, "linux");
  release("2", {"beta"}, 100, "linux");
  const PrunedRole pruned = prune(1);
  BOOST_TEST(pruned.releases.size() == 1u);
  BOOST_TEST(pruned.releases.at(0).version == "2");
  BOOST_TEST(pruned.releases.at(0).platform == "any");
}

BOOST_AUTO_TEST_CASE(delta_from_a_withdrawn_release_stays_as_long_as_its_goal) {
  for (const char* version : {"2", "3"}) release(version, {"stable"}, 100);
  delta("1", "2", 10);  // No release 1: it was withdrawn.
  delta("2", "3", 10);
  BOOST_TEST(prune(2).role.targets.contains("app/2/any/from-1.xpp"));
  BOOST_TEST(!prune(1).role.targets.contains("app/2/any/from-1.xpp"));
}

BOOST_AUTO_TEST_CASE(withdrawn_release_pushes_no_offered_one_out) {
  for (const char* version : {"1", "2", "3"}) release(version, {"stable"}, 100);
  Json& custom = role.targets.at("app/2/any/manifest.json").custom;
  custom = manifest::custom_of_withdrawn(custom);
  delta("2", "3", 10);
  BOOST_TEST(!prune(2).changes());
  const PrunedRole pruned = prune(1);
  BOOST_TEST(pruned.releases.size() == 2u);
  BOOST_TEST(pruned.role.targets.contains("app/3/any/from-2.xpp"));
  BOOST_TEST(!pruned.role.targets.contains("app/2/any/manifest.json"));
}

BOOST_AUTO_TEST_CASE(what_is_not_ours_to_know_stays) {
  release("1", {"stable"}, 100);
  put("app/1/any/notes.html", 5, {{"kind", "notes"}, {"package", "app"}});
  put("app/1/any/other", 5, Json::object());
  role.min_version = "1";
  const PrunedRole pruned = prune(1);
  BOOST_TEST(!pruned.changes());
  BOOST_TEST(pruned.role.targets.size() == role.targets.size());
  BOOST_TEST(pruned.role.min_version == "1");
}

BOOST_AUTO_TEST_CASE(keeping_none_is_refused) {
  release("1", {"stable"}, 100);
  BOOST_TEST(test::error_of([&] { static_cast<void>(prune(0)); }) == "usage.invalid");
}

// Random prices, so that ways differ; skip deltas as `add` makes them.
BOOST_AUTO_TEST_CASE(no_way_between_kept_releases_gets_dearer_over_twelve_releases) {
  constexpr std::size_t kCount = 12;
  std::mt19937_64 random(1);
  for (int turn = 0; turn < 20; ++turn) {
    role = {};
    for (std::size_t i = 0; i < kCount; ++i) {
      release(std::to_string(i + 1), {i % 3 == 0 ? "lts" : "stable"}, 500 + random() % 500);
      for (const std::size_t base : delta_bases(i, 3)) {
        delta(std::to_string(base + 1), std::to_string(i + 1), 10 + random() % 300);
      }
    }
    for (std::size_t keep = 1; keep <= kCount; ++keep) {
      const PrunedRole pruned = prune(keep);
      const Catalogue after = manifest::read_catalogue("app", pruned.role);
      std::size_t kept = 0;
      for (const Release& from : after.releases) {
        if (from.channels.empty()) continue;
        ++kept;
        for (const Release& to : after.releases) {
          if (to.channels.empty()) continue;
          BOOST_TEST(cost(pruned.role, from.version.text(), to.version.text()) ==
                     cost(role, from.version.text(), to.version.text()));
        }
      }
      BOOST_TEST(kept == std::min<std::size_t>(keep, 4) + std::min<std::size_t>(keep, 8));
      BOOST_TEST(!prune_role("app", pruned.role, keep).changes());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::publish
