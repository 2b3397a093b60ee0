#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "fs/files.hpp"
#include "test_installation.hpp"

namespace xppkg::test {
namespace {

constexpr const char* kPath = "app/1.0/any/manifest.json";

manifest::Manifest release(const std::string& package) {
  manifest::Manifest made;
  made.package = package;
  made.version = Version::parse("1.0");
  made.platform = "any";
  made.tree = tree_digest({});
  return made;
}

struct Fixture : TestInstallation {
  const Blake2b tree = tree_digest({});
  const Blake2b other_tree = blake2b(as_bytes("another"));
  Observer observer;

  [[nodiscard]] Bytes manifest_of(const std::string& package) const {
    return signed_by(manifest::to_json(release(package)), {&repository.package_key});
  }

  client::Session session() { return {fs::to_utf8(layout.root), client::Access::write}; }

  /// Fetches a manifest as that of `wanted`; the error's id, or nothing.
  std::string fetch(const manifest::TargetFile& file, const Blake2b& wanted) {
    publish();
    init();
    client::Session one = session();
    const client::Trusted trusted = one.refresh(observer);
    return error_of([&] { one.fetch_manifest(trusted, file, wanted, observer); });
  }

  /// Proves the manifest of `package` as that of an installed release of the tree.
  std::string prove(const std::string& package, const Blake2b& installed) {
    publish();
    init();
    session().refresh(observer);
    const install::Installed state{"app", "1.0", "any", installed, 0, false, 0};
    write_text(layout.installed(), install::write_installed(state));
    fs::write_file_atomically(fs::native(), layout.manifest(), manifest_of(package));
    client::Session one = session();
    return error_of([&] { one.installed_manifest(); });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(release_manifest, Fixture)

BOOST_AUTO_TEST_CASE(fetched_manifest_of_the_wanted_release_is_taken) {
  BOOST_TEST(fetch(add_target(kPath, manifest_of("app")), tree) == "");
}

BOOST_AUTO_TEST_CASE(fetched_manifest_of_another_tree_is_refused) {
  BOOST_TEST(fetch(add_target(kPath, manifest_of("app")), other_tree) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(fetched_manifest_of_another_package_is_refused) {
  BOOST_TEST(fetch(add_target(kPath, manifest_of("other")), tree) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(manifest_over_the_limit_is_not_even_asked_for) {
  manifest::TargetFile file = add_target(kPath, manifest_of("app"));
  file.size = manifest::kMaxBytes + 1;
  BOOST_TEST(fetch(file, tree) == "limit.exceeded");
}

BOOST_AUTO_TEST_CASE(manifest_that_no_source_has_is_told) {
  const manifest::TargetFile file = add_target(kPath, manifest_of("app"));
  fs::remove_file_if_there(fs::native(), source / fs::from_utf8(client::source_path(file)));
  BOOST_TEST(fetch(file, tree) == "notfound.file");
}

BOOST_AUTO_TEST_CASE(kept_manifest_of_what_is_installed_is_proved) {
  BOOST_TEST(prove("app", tree) == "");
}

BOOST_AUTO_TEST_CASE(kept_manifest_of_another_release_is_refused) {
  BOOST_TEST(prove("app", other_tree) == "corrupt.state");
}

BOOST_AUTO_TEST_CASE(kept_manifest_of_another_package_is_refused) {
  BOOST_TEST(prove("other", tree) == "corrupt.state");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
