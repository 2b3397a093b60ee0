// A plain TUF client for public suites that test TUF clients: the trust room's workflow, the source
// room's HTTP and the client room's folder of metadata, with nothing of xppkg's own on top.
//   xppkg-tuf-client --metadata-dir MD init ROOT
//   xppkg-tuf-client --metadata-url URL --metadata-dir MD refresh
//   xppkg-tuf-client --metadata-url URL --metadata-dir MD --target-name N … --target-dir TD
//       --target-base-url URL download
// Ends with 0, or with exactly 1. XPPKG_TUF_SCHEMES=ed25519 allows only what products allow.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <ctime>
#include <iostream>

#include "base/stream.hpp"
#include "fs/files.hpp"
#include "metadata_folder.hpp"
#include "trust/workflow.hpp"

namespace {

using namespace xppkg;

struct Options {
  std::string metadata_dir;
  std::string metadata_url;
  std::string target_dir;
  std::string target_url;
  std::vector<std::string> targets;
  std::string root;
};

trust::Schemes allowed_schemes() {
  const char* chosen = std::getenv("XPPKG_TUF_SCHEMES");
  const bool only_ours = chosen != nullptr && std::string_view(chosen) == "ed25519";
  return only_ours ? trust::Schemes::production() : trust::Schemes::all();
}

class Client {
 public:
  explicit Client(const Options& options)
      : options_(options),
        folder_(fs::native(), fs::from_utf8(options.metadata_dir), /*may_save=*/true) {}

  void init() {
    folder_.save("root",
                 fs::read_file(fs::native(), fs::from_utf8(options_.root), trust::Limits::root));
  }

  void refresh() {
    run([](trust::Workflow&) {});
  }

  void download() {
    const auto source = source::open_source(options_.target_url, {}, fs::native());
    run([&](trust::Workflow& workflow) {
      for (const std::string& name : options_.targets) fetch(workflow, *source, name);
    });
  }

 private:
  template <typename Then>
  void run(const Then& then) {
    const auto root = folder_.load("root");
    if (!root) throw Error(Code::corrupt_state, {{"missing", "root.json"}});
    const auto source = source::open_source(options_.metadata_url, {}, fs::native());
    client::MetadataAtSource metadata(*source, "", observer_);
    trust::Workflow workflow(*root, std::time(nullptr), allowed_schemes(), metadata, folder_);
    workflow.refresh();
    then(workflow);
  }

  void fetch(trust::Workflow& workflow, source::Source& source, const std::string& name) {
    const auto found = workflow.find_target(name);
    if (!found) throw Error(Code::notfound_file, {{"target", name}});
    const fs::Path place =
        fs::from_utf8(options_.target_dir) / fs::from_utf8(trust::target_file(name, ""));
    if (is_there(place, *found)) return;
    const bool consistent = workflow.trusted().root().consistent_snapshot;
    const std::string file =
        trust::target_file(name, consistent ? found->target.hashes.name_prefix() : std::string());
    const auto bytes = source.read(file, found->target.length, observer_);
    if (!bytes) throw Error(Code::notfound_file, {{"path", file}});
    trust::check_target(name, found->target, *bytes);
    fs::make_directories(fs::native(), place.parent_path());
    fs::write_file_atomically(fs::native(), place, *bytes);
  }

  static bool is_there(const fs::Path& place, const trust::FoundTarget& found) {
    const auto stat = fs::native().stat(place);
    if (!stat || stat->kind != fs::Kind::file || stat->size != found.target.length) return false;
    return found.target.hashes.match(fs::read_file(fs::native(), place, found.target.length));
  }

  const Options& options_;
  Observer observer_;
  client::MetadataFolder folder_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("A plain TUF client, for tests");
  app.add_option("--metadata-dir", options.metadata_dir)->required();
  app.add_option("--metadata-url", options.metadata_url);
  app.add_option("--target-dir", options.target_dir);
  app.add_option("--target-base-url", options.target_url);
  app.add_option("--target-name", options.targets)->allow_extra_args(false);
  app.require_subcommand(1);
  CLI::App* init = app.add_subcommand("init");
  init->add_option("ROOT", options.root)->required();
  const CLI::App* refresh = app.add_subcommand("refresh");
  app.add_subcommand("download");
  try {
    app.parse(argc, argv);
    Client client(options);
    if (init->parsed()) {
      client.init();
    } else if (refresh->parsed()) {
      client.refresh();
    } else {
      client.download();
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "xppkg-tuf-client: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
