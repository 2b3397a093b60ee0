// Any bytes as the manifest of a release, which the package's role lists: only documented errors,
// and what is read can be written and read again.

#include "documented.hpp"

#include <nlohmann/json.hpp>
#include "repository.hpp"

namespace {

using namespace xppkg;

/// A client that trusts a repository up to the package's role, of which only the version is
/// listed: so that each input needs one signature and not five.
class Client {
 public:
  Client() : set_(trust_all_but_the_package()) {}

  trust::VerifiedBytes verified(ByteView bytes) {
    repository_.package.targets[test::Repository::kPath] = {bytes.size(), sha256(bytes),
                                                            Json::object()};
    set_.update_delegated("app", test::signed_by(trust::write_targets(repository_.package),
                                                 {&repository_.package_key}));
    return set_.verify_target("app", test::Repository::kPath, bytes);
  }

 private:
  trust::TrustedSet trust_all_but_the_package() {
    repository_.edits["snapshot"] = [](Json& value) {
      value["meta"]["app.json"] = {{"version", 1}};
    };
    return test::walk(repository_.publish());
  }

  test::Repository repository_;
  trust::TrustedSet set_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Client client;
  fuzz::documented(
      {Code::trust_malformed, Code::unsupported_format, Code::tree_unsafe_name,
       Code::tree_unsafe_entry},
      [&] {
        const manifest::Manifest read = manifest::parse(client.verified({data, size}));
        const Json value = manifest::to_json(read);
        const Bytes bytes = test::signed_by(value, {});
        fuzz::require(manifest::to_json(manifest::parse(client.verified(bytes))) == value);
      });
  return 0;
}
