// The source room as a program, so that tests can drive it over real connections and kill it.
//
//   source-probe [--proxy P] [--ca FILE] [--timeout S] [--cancel-after N] [--pause MS]
//                read URL PATH LIMIT [PATH LIMIT ...]
//                try URL PATH LIMIT [PATH LIMIT ...]    (goes on after errors, and tells them)
//                from URL PATH BEGIN SIZE END
//                fetch STORE PATH SIZE SHA256 BLOCKSIZE BLOCKDIGEST,... URL...
//                fetch2 STORE (PATH SIZE SHA256 BLOCKSIZE BLOCKDIGEST,...){2} URL...
//
// Prints one line per outcome: "read BYTES SHA256", "missing", "from BYTES SHA256", "fetched
// BYTES", "notice ID PATH", or "error ID: text". Exits 0, or 1 after an error.

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "fs/file_system.hpp"
#include "source/download.hpp"
#include "source/source.hpp"
#include "xppkg/error.hpp"

namespace {

using xppkg::source::DownloadStore;
using xppkg::source::HttpOptions;
using xppkg::source::Source;

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

class Printer final : public xppkg::Observer {
 public:
  void progress(const xppkg::Progress& progress) override {
    say(fmt::format("progress {} {}", progress.done, progress.total));
  }
  void notice(const xppkg::Notice& notice) override {
    say(fmt::format("notice {} {} {}", notice.id, notice.path, notice.detail));
  }
  bool cancelled() override { return cancel_after >= 0 && asked_++ >= cancel_after; }

  int cancel_after = -1;

 private:
  int asked_ = 0;
};

struct Probe {
  HttpOptions options;
  Printer printer;
  std::chrono::milliseconds pause{0};  // after each read
  std::vector<std::string> words;
};

Probe parse(int argc, char** argv) {
  Probe probe;
  int at = 1;
  for (; at + 1 < argc && std::string(argv[at]).starts_with("--"); at += 2) {
    const std::string name = argv[at];
    const std::string value = argv[at + 1];
    if (name == "--proxy") probe.options.proxy = value;
    if (name == "--ca") probe.options.ca_file = value;
    if (name == "--timeout") probe.options.timeout = std::chrono::seconds(std::stoi(value));
    if (name == "--pause") probe.pause = std::chrono::milliseconds(std::stoi(value));
    if (name == "--cancel-after") probe.printer.cancel_after = std::stoi(value);
  }
  probe.words.assign(argv + at, argv + argc);
  return probe;
}

void read(Probe& probe) {
  const auto source =
      xppkg::source::open_source(probe.words.at(1), probe.options, xppkg::fs::native());
  say("address " + source->address());
  for (std::size_t i = 2; i + 1 < probe.words.size(); i += 2) {
    const auto bytes = source->read(probe.words[i], std::stoull(probe.words[i + 1]), probe.printer);
    say(bytes ? fmt::format("read {} {}", bytes->size(), xppkg::sha256(*bytes).hex()) : "missing");
    std::this_thread::sleep_for(probe.pause);
  }
}

void from(Probe& probe) {
  const auto source =
      xppkg::source::open_source(probe.words.at(1), probe.options, xppkg::fs::native());
  xppkg::BufferSink sink;
  const auto report = [&] {
    say(fmt::format("from {} {}", sink.bytes().size(), xppkg::sha256(sink.bytes()).hex()));
  };
  try {
    const std::uint64_t size = std::stoull(probe.words.at(4));
    const xppkg::ByteRange range{std::stoull(probe.words.at(3)), std::stoull(probe.words.at(5))};
    source->read_range(probe.words.at(2), range, size, sink, probe.printer);
  } catch (const xppkg::Error&) {
    report();
    throw;
  }
  report();
}

void try_all(Probe& probe) {
  const auto source =
      xppkg::source::open_source(probe.words.at(1), probe.options, xppkg::fs::native());
  for (std::size_t i = 2; i + 1 < probe.words.size(); i += 2) {
    try {
      source->read(probe.words[i], std::stoull(probe.words[i + 1]), probe.printer);
    } catch (const xppkg::Error& error) {
      say(fmt::format("error {}", error.what()));
    }
  }
}

/// The file that five words describe.
xppkg::source::RemoteFile wanted(const std::vector<std::string>& words, std::size_t first) {
  xppkg::source::RemoteFile wanted;
  wanted.path = words.at(first);
  wanted.size = std::stoull(words.at(first + 1));
  wanted.sha256 = xppkg::Sha256::from_hex(words.at(first + 2));
  const std::uint64_t block_size = std::stoull(words.at(first + 3));
  const std::string& digests = words.at(first + 4);
  std::uint64_t left = wanted.size;
  for (std::size_t at = 0; at < digests.size() && left > 0; at += 65) {
    const std::uint64_t size = std::min(block_size, left);
    wanted.blocks.push_back({size, xppkg::Blake2b::from_hex(digests.substr(at, 64))});
    left -= size;
  }
  return wanted;
}

void fetch(Probe& probe, std::size_t files) {
  const std::size_t first_url = 2 + 5 * files;
  std::vector<std::unique_ptr<Source>> owners;
  std::vector<Source*> sources;
  for (std::size_t i = first_url; i < probe.words.size(); ++i) {
    owners.push_back(
        xppkg::source::open_source(probe.words[i], probe.options, xppkg::fs::native()));
    sources.push_back(owners.back().get());
  }
  DownloadStore store(xppkg::fs::native(), xppkg::fs::from_utf8(probe.words.at(1)));
  for (std::size_t first = 2; first < first_url; first += 5) {
    const auto file = wanted(probe.words, first);
    say(fmt::format("present {}", store.present(file)));
    store.fetch(file, sources, probe.printer);
    say(fmt::format("fetched {}", store.present(file)));
  }
}

}  // namespace

int main(int argc, char** argv) {
  // As in a program whose threads were there before our library was loaded.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_UNBLOCK, &broken_pipe, nullptr);
  try {
    Probe probe = parse(argc, argv);
    const std::string verb = probe.words.at(0);
    if (verb == "read") read(probe);
    if (verb == "from") from(probe);
    if (verb == "try") try_all(probe);
    if (verb == "fetch") fetch(probe, 1);
    if (verb == "fetch2") fetch(probe, 2);
    return 0;
  } catch (const xppkg::Error& error) {
    say(fmt::format("error {}", error.what()));
  } catch (const std::exception& error) {
    say(fmt::format("foreign exception {}", error.what()));
  }
  return 1;
}
