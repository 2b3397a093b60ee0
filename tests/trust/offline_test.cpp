#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "repository.hpp"

namespace xppkg::test {
namespace {

struct Fixture {
  Repository repository;
  Metadata saved = repository.publish();

  /// The verdict of the saved files on a manifest.
  std::string prove(ByteView manifest, const std::string& role = "app") const {
    return error_of([&] {
      const trust::OfflineProof proof({saved.root, saved.targets, saved.package}, role);
      BOOST_TEST(proof.verify(manifest).bytes().size() == manifest.size());
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(offline, Fixture)

BOOST_AUTO_TEST_CASE(manifest_that_the_role_lists_or_signed_is_proved) {
  BOOST_TEST(prove(as_bytes(Repository::kContents)) == "");
  BOOST_TEST(prove(signed_by({{"any", 1}}, {&repository.package_key})) == "");
}

BOOST_AUTO_TEST_CASE(files_that_have_expired_prove_what_is_installed_all_the_same) {
  repository.root.expires = repository.targets.expires = repository.package.expires = 0;
  saved = repository.publish();
  BOOST_TEST(prove(as_bytes(Repository::kContents)) == "");
}

BOOST_AUTO_TEST_CASE(manifest_that_was_changed_or_signed_by_another_key_is_refused) {
  BOOST_TEST(prove(as_bytes("other contents")) == "trust.malformed");
  BOOST_TEST(prove(signed_by({{"any", 1}}, {&repository.stranger})) == "trust.signature");
  BOOST_TEST(prove(signed_by({{"any", 1}}, {&repository.targets_key})) == "trust.signature");
  BOOST_TEST(prove(signed_by({{"any", 1}}, {})) == "trust.signature");
}

BOOST_AUTO_TEST_CASE(saved_files_that_do_not_prove_each_other_are_refused) {
  const Metadata good = saved;
  const Metadata other = Repository().publish();
  const ByteView manifest = as_bytes(Repository::kContents);
  for (Bytes Metadata::*role : {&Metadata::root, &Metadata::targets, &Metadata::package}) {
    saved = good;
    saved.*role = other.*role;
    BOOST_TEST(prove(manifest) == "trust.signature");
    saved = good;
    Json json = Json::parse(saved.*role);
    json["signed"]["version"] = 2;
    saved.*role = to_bytes(json.dump());
    BOOST_TEST(prove(manifest) == "trust.signature");
    (saved.*role).clear();
    BOOST_TEST(prove(manifest) == "trust.malformed");
  }
  saved = good;
  BOOST_TEST(prove(manifest, "other") == "trust.signature");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
