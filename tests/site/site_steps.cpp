// Does with a site's database what standard input says, a line each, and answers with a line. So
// that a test can do something to the server between two steps, or in the middle of one.
//   site-steps ADDRESS
#include <algorithm>
#include <iostream>
#include <sstream>

#include "site/database_source.hpp"
#include "site/site.hpp"
#include "xppkg/error.hpp"

namespace xppkg::site {
namespace {

constexpr trust::Time kNow = 1'900'000'000;  // Later than any clock that runs the tests.

/// "seed:size" names contents that both sides of a test can make.
Bytes contents(const std::string& name) {
  const auto colon = name.find(':');
  const auto seed = std::stoull(name.substr(0, colon));
  Bytes bytes(std::stoull(name.substr(colon + 1)));
  std::uint64_t state = seed * 2 + 1;
  for (auto& byte : bytes) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    byte = static_cast<std::uint8_t>(state >> 56U);
  }
  return bytes;
}

class Steps {
 public:
  explicit Steps(std::string url) : url_(std::move(url)) {}

  std::string run(const std::string& step, std::istream& words) {
    if (step == "migrate") return std::to_string(migrate_site(url_, fs::native()));
    if (step == "read") return read(words);
    if (step == "decide") return decide(words);
    if (step == "upload") return upload(word(words));
    if (step == "fetch") return fetch(words);
    if (step == "files") return files(words);
    if (step == "prune") return prune(words);
    if (step == "report") return report(word(words));
    if (step == "answer") return answer(word(words));
    if (step == "fleet") return std::to_string(database().workstations(word(words)).size());
    if (step == "wait") return wait(words);
    return "unknown step";
  }

 private:
  static std::string word(std::istream& words) {
    std::string text;
    words >> text;
    return text;
  }
  static std::uint64_t number(std::istream& words) { return std::stoull(word(words)); }

  SiteDatabase& database() {
    if (!database_) database_ = open_site(url_, Missing::is_unreachable, fs::native());
    return *database_;
  }

  std::string read(std::istream& words) {
    const std::string package = word(words);
    const SiteState site_state = database().read(package, word(words));
    if (!site_state.decision) return "none";
    return std::to_string(site_state.decision->counter) + " " + site_state.decision->version;
  }

  std::string files(std::istream& words) {
    const std::string package = word(words);
    return std::to_string(database().files(package, number(words)).size());
  }

  /// decide PACKAGE COUNTER VERSION [CONTENTS…]
  std::string decide(std::istream& words) {
    Decision decision;
    decision.package = word(words);
    decision.counter = number(words);
    decision.version = word(words);
    decision.at = kNow;
    std::vector<StoredFile> files;
    for (std::string name = word(words); !name.empty(); name = word(words)) {
      const Bytes bytes = contents(name);
      const auto path = "targets/" + name.substr(0, name.find(':'));
      files.push_back({path, sha256(bytes), bytes.size()});
    }
    const Decided decided = database().decide(decision, files);
    if (decided == Decided::done) return "done";
    return decided == Decided::somebody_else ? "somebody-else" : "payload-missing";
  }

  std::string upload(const std::string& name) {
    const Bytes bytes = contents(name);
    const Sha256 digest = sha256(bytes);
    for (std::uint64_t i = database().stored_parts(digest); i * kPartBytes < bytes.size(); ++i) {
      const auto begin = static_cast<std::size_t>(i * kPartBytes);
      const std::size_t size = std::min<std::size_t>(kPartBytes, bytes.size() - begin);
      database().store_part(digest, i, ByteView(bytes).subspan(begin, size));
      std::cout << "part " << i << std::endl;
    }
    return database().complete(digest, bytes.size(), kNow) ? "complete" : "anew";
  }

  /// fetch PACKAGE COUNTER CONTENTS
  std::string fetch(std::istream& words) {
    struct Told : Sink {
      void write(ByteView bytes) override {
        kept.write(bytes);
        std::cout << "part" << std::endl;
      }
      BufferSink kept;
    } told;
    const std::string package = word(words);
    const std::uint64_t counter = number(words);
    const std::string name = word(words);
    const Bytes bytes = contents(name);
    const auto source = open_database_source(database(), "database", package, counter);
    Observer observer;
    source->read_range("targets/" + name.substr(0, name.find(':')), {0, bytes.size()}, bytes.size(),
                       told, observer);
    return told.kept.bytes() == bytes ? "same" : "different";
  }

  std::string prune(std::istream& words) {
    const std::string package = word(words);
    database().prune(package, number(words), kNow + 2 * 24 * 60 * 60);
    return "done";
  }
  std::string report(const std::string& package) {
    database().report({package, "pc-1", "linux-x64", "1.0", "done", kNow, 0});
    return "done";
  }
  std::string answer(const std::string& package) {
    database().answer(package, "pc-1", {0, "2.0"});
    return "done";
  }
  /// wait PACKAGE COUNTER MILLISECONDS
  std::string wait(std::istream& words) {
    const std::string package = word(words);
    const std::uint64_t counter = number(words);
    const std::chrono::milliseconds time(number(words));
    std::cout << "waiting" << std::endl;
    const auto decision =
        database().wait_for_decision(package, counter, time, [] { return false; });
    return decision ? decision->version : "none";
  }

  std::string url_;
  std::unique_ptr<SiteDatabase> database_;
};

}  // namespace
}  // namespace xppkg::site

int main(int, char** arguments) {
  xppkg::site::Steps steps(arguments[1]);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string step;
    words >> step;
    try {
      const std::string result = steps.run(step, words);
      std::cout << "= " << result << std::endl;
    } catch (const std::exception& error) {
      std::cout << "= error " << error.what() << std::endl;
    }
  }
}
