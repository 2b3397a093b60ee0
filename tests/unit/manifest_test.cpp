#include "manifest/manifest.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "manifest/catalogue.hpp"
#include "repository.hpp"

namespace xppkg::manifest {
namespace {

using test::error_of;

Entry entry(const std::string& path, EntryKind kind) {
  Entry made;
  made.path = RelPath::parse(path);
  made.kind = kind;
  made.mode = kind == EntryKind::symlink ? 0 : 0755;
  return made;
}

Manifest example() {
  Manifest made;
  made.package = "app";
  made.version = Version::parse("4.07.0012");
  made.platform = "linux-x86_64";
  made.released = 1'700'000'000;
  made.notes = "what is \"new\"\nand good";
  made.entries = {entry("bin", EntryKind::directory), entry("bin/app", EntryKind::file),
                  entry("current", EntryKind::symlink)};
  made.entries[1].size = 5;
  made.entries[1].digest = blake2b(as_bytes("hello"));
  made.entries[1].config = true;
  made.entries[2].target = "bin/app";
  made.tree = tree_digest(made.entries);
  made.payloads = {{"app/4/linux/full.xpp", "", {}, {{100, blake2b({})}, {7, blake2b({})}}},
                   {"app/4/linux/from-3.xpp", "3", blake2b(as_bytes("3")), {{9, blake2b({})}}}};
  return made;
}

std::string parse_error(const Json& json) {
  return error_of([&] { parse(test::verified_value(json)); });
}

/// The example with another value at `pointer`.
std::string with(const char* pointer, const Json& value) {
  Json json = to_json(example());
  json[Json::json_pointer(pointer)] = value;
  return parse_error(json);
}

trust::Targets targets_of(const std::map<std::string, Json>& customs) {
  trust::Targets targets;
  for (const auto& [path, custom] : customs) targets.targets[path] = {1, sha256({}), custom};
  return targets;
}

Json custom(const std::string& version, const std::string& platform, const Json& channels) {
  return {{"kind", "manifest"},   {"package", "app"},     {"version", version},
          {"platform", platform}, {"channels", channels}, {"tree", std::string(64, 'a')}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(manifest)

BOOST_AUTO_TEST_CASE(manifest_is_read_as_it_was_written) {
  const Manifest found = parse(test::verified_value(to_json(example())));
  BOOST_TEST(to_json(found) == to_json(example()));
  BOOST_TEST(found.version.text() == "4.07.0012");
  BOOST_TEST(found.entries.at(1).config);
  BOOST_TEST(found.payload("app/4/linux/full.xpp")->size() == 107u);
  BOOST_TEST(!found.payload("app/4/linux/full.xpp")->base.has_value());
  BOOST_TEST(found.payload("app/4/linux/from-3.xpp")->from == "3");
  BOOST_TEST((found.payload("none") == nullptr));
}

BOOST_AUTO_TEST_CASE(manifest_without_any_one_of_its_fields_is_refused) {
  const Json good = to_json(example());
  for (const auto& [name, value] : good.items()) {
    if (name == "notes") continue;
    Json changed = good;
    changed.erase(name);
    BOOST_TEST(parse_error(changed) == "trust.malformed", name);
    changed[name] = 5;
    BOOST_TEST(parse_error(changed) == "trust.malformed", name);
  }
}

BOOST_AUTO_TEST_CASE(wrong_value_in_any_field_is_refused) {
  BOOST_TEST(with("/_type", "targets") == "trust.malformed");
  BOOST_TEST(with("/format", "2.0") == "unsupported.format");
  BOOST_TEST(with("/version", "v1") == "trust.malformed");
  BOOST_TEST(with("/released", "now") == "trust.malformed");
  BOOST_TEST(with("/tree", std::string(64, '0')) == "trust.malformed");
  BOOST_TEST(with("/tree", "") == "trust.malformed");
  BOOST_TEST(with("/entries/1/path", "../app") == "tree.unsafe-name");
  BOOST_TEST(with("/entries/1/path", "bin") == "tree.unsafe-name");
  BOOST_TEST(with("/entries/1/path", "none/app") == "tree.unsafe-entry");
  BOOST_TEST(with("/entries/2/target", "../etc") == "tree.unsafe-entry");
  BOOST_TEST(with("/entries/1/kind", "device") == "trust.malformed");
  for (const char* mode : {"", "64", "0644", "4755", "7550", "888", "rwx", "-44", " 44"}) {
    BOOST_TEST(with("/entries/1/mode", mode) == "trust.malformed", mode);
  }
  BOOST_TEST(with("/entries/1/mode", "644") == "trust.malformed");  // The tree is another one.
  BOOST_TEST(with("/entries/1/size", 6) == "trust.malformed");
  BOOST_TEST(with("/entries/1/size", -1) == "trust.malformed");
  BOOST_TEST(with("/entries/1/blake2b", "") == "trust.malformed");
  BOOST_TEST(with("/entries/1/config", "yes") == "trust.malformed");
  BOOST_TEST(with("/entries/1", "text") == "trust.malformed");
  BOOST_TEST(with("/payloads/0/kind", "patch") == "trust.malformed");
  BOOST_TEST(with("/payloads/1/base", "abc") == "trust.malformed");
  BOOST_TEST(with("/payloads/0/blocks", Json::object()) == "trust.malformed");
  BOOST_TEST(with("/payloads/0/blocks/0/size", "100") == "trust.malformed");
  BOOST_TEST(with("/payloads/0/blocks/0/blake2b", "00") == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(mode_is_octal_even_where_other_digits_would_add_up_to_the_same) {
  Manifest made = example();
  made.entries[1].mode = 0750;
  made.tree = tree_digest(made.entries);
  Json json = to_json(made);
  BOOST_TEST(parse_error(json) == "");
  json["entries"][1]["mode"] = "748";
  BOOST_TEST(parse_error(json) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(size_of_a_payload_does_not_wrap) {
  Payload payload;
  payload.blocks = {{~std::uint64_t{0}, {}}, {1, {}}};
  BOOST_TEST(error_of([&] { static_cast<void>(payload.size()); }) == "limit.exceeded");
}

BOOST_AUTO_TEST_CASE(more_payloads_than_the_limit_are_refused) {
  Manifest made = example();
  made.payloads.resize(64, made.payloads[0]);
  BOOST_TEST(parse_error(to_json(made)) == "");
  made.payloads.resize(65, made.payloads[0]);
  BOOST_TEST(parse_error(to_json(made)) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(names_of_packages_platforms_and_channels_have_one_form) {
  const auto package = [](const std::string& name) {
    return error_of([&] { check_package_name(name); });
  };
  for (const std::string& name : {std::string("a"), std::string("0-a_b.c"), std::string(64, 'a')}) {
    BOOST_TEST(package(name) == "", name);
  }
  for (const std::string& name :
       {std::string(), std::string("A"), std::string(".a"), std::string("-a"), std::string("a/b"),
        std::string("con"), std::string("a."), std::string("a b"), std::string("\xc3\xa9"),
        std::string("root"), std::string("targets"), std::string(65, 'a')}) {
    BOOST_TEST(package(name) == "usage.invalid", name);
  }
  BOOST_TEST(error_of([] { check_platform_name("linux-x86_64"); }) == "");
  BOOST_TEST(error_of([] { check_platform_name("linux.x"); }) == "usage.invalid");
  BOOST_TEST(error_of([] { check_channel_name("stable"); }) == "");
  BOOST_TEST(error_of([] { check_channel_name("stable_1"); }) == "usage.invalid");
  BOOST_TEST(error_of([] { check_channel_name(std::string(33, 'a')); }) == "usage.invalid");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(catalogue)

BOOST_AUTO_TEST_CASE(catalogue_holds_releases_fulls_and_deltas_of_its_package_only) {
  Manifest made = example();
  Json foreign = custom("9", "any", {"stable"});
  foreign["package"] = "other";
  Json newer = custom("8", "any", {"stable"});
  newer["kind"] = "hologram";
  const Catalogue found = read_catalogue(
      "app", targets_of({{"app/4/linux/manifest.json", custom_of_manifest(made, {"b", "a"})},
                         {"app/4/linux/full.xpp", custom_of_payload(made, made.payloads[0])},
                         {"app/4/linux/from-3.xpp", custom_of_payload(made, made.payloads[1])},
                         {"f", foreign},
                         {"n", newer},
                         {"empty", Json::object()}}));
  BOOST_REQUIRE(found.releases.size() == 1u);
  BOOST_TEST(found.releases[0].full->path == "app/4/linux/full.xpp");
  BOOST_TEST(found.releases[0].in_channel("a"));
  BOOST_TEST(found.releases[0].in_channel("b"));
  BOOST_TEST(!found.releases[0].in_channel("c"));
  BOOST_REQUIRE(found.deltas.size() == 1u);
  BOOST_TEST((found.deltas[0].base == blake2b(as_bytes("3"))));
  BOOST_TEST((found.with_tree(made.tree) == &found.releases[0]));
  BOOST_TEST((found.with_tree({}) == nullptr));
}

BOOST_AUTO_TEST_CASE(platforms_own_release_comes_before_the_one_for_any) {
  const Catalogue found =
      read_catalogue("app", targets_of({{"a", custom("1.0", "any", {"stable"})},
                                        {"b", custom("1.0", "mac", {"stable"})},
                                        {"c", custom("2.0", "any", {"beta"})},
                                        {"d", custom("1.10", "win", {"stable"})},
                                        {"e", custom("1.9", "win", {"stable"})}}));
  const auto version = Version::parse("1.0");
  BOOST_TEST(found.find(version, "mac")->platform == "mac");
  BOOST_TEST(found.find(version, "linux")->platform == "any");
  BOOST_TEST((found.find(Version::parse("1.9"), "mac") == nullptr));
  BOOST_TEST(found.newest("stable", "win")->version.text() == "1.10");
  BOOST_TEST(found.newest("stable", "mac")->platform == "mac");
  BOOST_TEST(found.newest("beta", "mac")->version.text() == "2.0");
  BOOST_TEST((found.newest("none", "mac") == nullptr));
}

BOOST_AUTO_TEST_CASE(release_without_a_sha256_or_with_endless_channels_is_refused) {
  const auto error = [](const trust::Targets& targets) {
    return error_of([&] { read_catalogue("app", targets); });
  };
  trust::Targets targets = targets_of({{"a", custom("1.0", "any", Json(64, "x"))}});
  BOOST_TEST(error(targets) == "");
  targets.targets["a"].hashes.sha256.reset();
  BOOST_TEST(error(targets) == "trust.malformed");
  BOOST_TEST(error(targets_of({{"a", custom("1.0", "any", Json(65, "x"))}})) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(withdrawn_release_is_found_and_not_offered) {
  const auto withdrawn = [](const std::string& version, const std::string& platform) {
    return custom_of_withdrawn(custom(version, platform, {"stable"}));
  };
  const auto targets = targets_of({{"a", custom("1.0", "any", {"stable"})},
                                   {"b", withdrawn("2.0", "any")},
                                   {"c", withdrawn("1.0", "mac")}});
  const Catalogue found = read_catalogue("app", targets);
  const Version version = Version::parse("2.0");
  BOOST_TEST((found.offered(version, "mac") == nullptr));
  BOOST_TEST(found.find(version, "mac")->is_withdrawn());
  BOOST_TEST((*found.find(version, "mac")->withdrawn_from == std::vector<std::string>{"stable"}));
  BOOST_TEST(found.newest("stable", "mac")->version.text() == "1.0");
  BOOST_TEST(found.find(Version::parse("1.0"), "mac")->platform == "any");
  BOOST_TEST(found.with_tree(found.releases.front().tree)->platform == "any");
}

BOOST_AUTO_TEST_CASE(withdrawn_release_that_says_channels_all_the_same_is_in_none) {
  Json both = custom("1.0", "any", {"stable"});
  both["withdrawn"] = Json::array();
  const Catalogue found = read_catalogue("app", targets_of({{"a", both}}));
  BOOST_TEST(found.releases.front().is_withdrawn());
  BOOST_TEST((found.newest("stable", "any") == nullptr));
}

BOOST_AUTO_TEST_CASE(newest_is_never_below_the_minimum_version) {
  auto targets =
      targets_of({{"a", custom("1.0", "any", {"stable"})}, {"b", custom("2.0", "any", {"beta"})}});
  BOOST_TEST(!read_catalogue("app", targets).is_below_min_version(Version::parse("0.1")));
  targets.min_version = "1.0.0";
  BOOST_TEST(read_catalogue("app", targets).newest("stable", "mac")->version.text() == "1.0");
  targets.min_version = "1.0.1-rc.1";
  const Catalogue found = read_catalogue("app", targets);
  BOOST_TEST((found.newest("stable", "mac") == nullptr));
  BOOST_TEST(found.newest("beta", "mac")->version.text() == "2.0");
  BOOST_TEST(found.is_below_min_version(Version::parse("1.0")));
  BOOST_TEST(!found.is_below_min_version(Version::parse("1.0.1-rc.1")));
  targets.min_version = "one";
  BOOST_TEST(error_of([&] { read_catalogue("app", targets); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(target_of_the_package_that_is_damaged_is_refused) {
  const auto error = [](const std::string& path, const char* field, const Json& value) {
    Json changed = custom("1.0", "any", {"stable"});
    changed[field] = value;
    return error_of([&] { read_catalogue("app", targets_of({{path, changed}})); });
  };
  BOOST_TEST(error("a", "version", "1.0") == "");
  BOOST_TEST(error("a", "version", "one") == "trust.malformed");
  BOOST_TEST(error("a", "version", 1) == "trust.malformed");
  BOOST_TEST(error("a", "tree", "00") == "trust.malformed");
  BOOST_TEST(error("a", "platform", nullptr) == "trust.malformed");
  BOOST_TEST(error("a", "channels", "stable") == "trust.malformed");
  BOOST_TEST(error("a", "channels", {1}) == "trust.malformed");
  BOOST_TEST(error("a", "withdrawn", true) == "trust.malformed");
  BOOST_TEST(error("a", "withdrawn", {1}) == "trust.malformed");
  for (const char* path : {"app/../other/x", "..", "/app", "app//x", "app\\x", "app/./x", ""}) {
    BOOST_TEST(error(path, "version", "1.0") == "trust.malformed", path);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::manifest
