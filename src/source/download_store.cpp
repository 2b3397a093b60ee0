#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "base/checked.hpp"
#include "fs/files.hpp"
#include "part_file.hpp"
#include "source/download.hpp"
#include "xppkg/error.hpp"

namespace xppkg::source {
namespace {

constexpr int kRetries = 3;
constexpr std::chrono::milliseconds kFirstPause{200};

fs::Path finished_path(const fs::Path& folder, const Wanted& wanted) {
  return folder / wanted.sha256.hex();
}

fs::Path part_path(const fs::Path& folder, const Wanted& wanted) {
  return folder / (wanted.sha256.hex() + ".part");
}

void check_blocks(const Wanted& wanted) {
  std::uint64_t sum = 0;
  for (const Block& block : wanted.blocks) sum = checked_add(sum, block.size);
  if (sum != wanted.size) {
    throw Error(Code::internal,
                {{"path", wanted.path}, {"reason", "the blocks do not add up to the size"}});
  }
}

/// Errors after which another source may do better. All others are the disk's or the caller's.
bool is_sources_fault(Code code) {
  return code == Code::transport_unreachable || code == Code::transport_status ||
         code == Code::transport_truncated || code == Code::transport_refused ||
         code == Code::not_found_file || code == Code::trust_hash ||
         code == Code::database_unreachable;
}

/// One call of DownloadStore::fetch for a file that is not finished.
class Download final : private Sink {
 public:
  Download(PartFile& part, const Wanted& wanted, Observer& observer)
      : part_(part), wanted_(wanted), observer_(observer) {}

  void run(std::span<Source* const> sources) {
    report(true);
    std::optional<Error> last;
    Source* failed = nullptr;
    for (Source* source : sources) {
      if (is_complete()) return;
      if (last) skipped(*failed, *last);
      last = from(*source);
      failed = source;
    }
    if (is_complete()) return;
    if (!last) last = Error(Code::transport_unreachable, {{"reason", "there are no sources"}});
    throw *last;
  }

 private:
  [[nodiscard]] bool is_complete() const { return part_.size() == wanted_.size; }

  void write(ByteView bytes) override {
    part_.write(bytes);
    report(is_complete());
  }

  /// Reads what is missing from one source; why it was given up, if the file is not complete then.
  /// A line that brings some bytes and breaks is tried again, and each whole block that came pays
  /// for new tries: a bad line gets through at last, a source that gives nothing does not hold us.
  std::optional<Error> from(Source& source) {
    part_.change_source();
    int retries = 0;
    while (true) {
      const std::uint64_t size = part_.size();
      const std::uint64_t verified = part_.verified();
      std::optional<Error> error = attempt(source);
      if (!error) return std::nullopt;
      if (error->code() == Code::trust_hash) {
        const bool mixed = part_.is_mixed();
        part_.drop_block();
        if (!mixed) return error;
        continue;
      }
      if (part_.verified() > verified) retries = 0;
      if (!info(error->code()).retryable || part_.size() == size || retries == kRetries) {
        return error;
      }
      pause(kFirstPause * (1 << retries++));
    }
  }

  std::optional<Error> attempt(Source& source) {
    try {
      source.read_from(wanted_.path, part_.size(), wanted_.size, *this, observer_);
    } catch (const Error& error) {
      if (!is_sources_fault(error.code())) throw;
      return error;
    }
    if (is_complete()) return std::nullopt;
    return Error(Code::transport_truncated, {{"source", source.address()}, {"path", wanted_.path}});
  }

  void skipped(const Source& source, const Error& error) {
    observer_.notice({"source.skipped", source.address(), error.what()});
  }

  void pause(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
      if (observer_.cancelled()) throw Error(Code::cancelled);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  void report(bool always) {
    const auto now = std::chrono::steady_clock::now();
    if (!always && now - reported_ < std::chrono::milliseconds(50)) return;
    reported_ = now;
    observer_.progress({Stage::download, wanted_.path, part_.size(), wanted_.size});
  }

  PartFile& part_;
  const Wanted& wanted_;
  Observer& observer_;
  std::chrono::steady_clock::time_point reported_{};
};

Sha256 digest_of(const RandomReader& file, Observer& observer) {
  Sha256Hasher hasher;
  fs::for_each_piece(file, [&](ByteView piece) {
    if (observer.cancelled()) throw Error(Code::cancelled);
    hasher.update(piece);
  });
  return hasher.finish();
}

bool is_finished(fs::FileSystem& disk, const fs::Path& path, const Wanted& wanted,
                 Observer& observer) {
  const auto found = disk.stat(path);
  if (!found || found->kind != fs::Kind::file || found->size != wanted.size) return false;
  return digest_of(*disk.open_read(path), observer) == wanted.sha256;
}

}  // namespace

DownloadStore::DownloadStore(fs::FileSystem& disk, fs::Path folder)
    : disk_(disk), folder_(std::move(folder)) {}

std::uint64_t DownloadStore::present(const Wanted& wanted) const {
  const auto finished = disk_.stat(finished_path(folder_, wanted));
  if (finished && finished->kind == fs::Kind::file && finished->size == wanted.size) {
    return wanted.size;
  }
  const auto part = disk_.stat(part_path(folder_, wanted));
  return part ? std::min(part->size, wanted.size) : 0;
}

fs::Path DownloadStore::fetch(const Wanted& wanted, std::span<Source* const> sources,
                              Observer& observer) {
  check_blocks(wanted);
  fs::make_directories(disk_, folder_);
  const fs::Path finished = finished_path(folder_, wanted);
  const fs::Path unfinished = part_path(folder_, wanted);
  if (is_finished(disk_, finished, wanted, observer)) {
    observer.progress({Stage::download, wanted.path, wanted.size, wanted.size});
    return finished;
  }
  // What is damaged there still has good blocks.
  const auto damaged = disk_.stat(finished);
  if (damaged && damaged->kind == fs::Kind::file) disk_.rename(finished, unfinished);

  PartFile part(disk_, unfinished, wanted);
  part.resume(observer);
  Download(part, wanted, observer).run(sources);
  try {
    part.complete();
  } catch (const Error& error) {
    // Each block is what was signed, the whole is not: no source can mend that, and no byte of it
    // is of use.
    if (error.code() == Code::trust_hash) disk_.remove_file(unfinished);
    throw;
  }
  disk_.rename(unfinished, finished);
  disk_.sync_directory(folder_);
  return finished;
}

void DownloadStore::keep_only(std::span<const Sha256> names) {
  if (!disk_.stat(folder_)) return;
  for (const fs::Path& name : disk_.list(folder_)) {
    const std::string text = fs::to_utf8(name);
    const bool kept = std::ranges::any_of(names, [&](const Sha256& digest) {
      return text == digest.hex() || text == digest.hex() + ".part";
    });
    if (!kept) fs::remove_tree(disk_, folder_ / name);
  }
}

}  // namespace xppkg::source
