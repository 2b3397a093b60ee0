#include "transfer.hpp"

#include <vector>

#include "source/pause.hpp"
#include "source/range.hpp"

namespace xppkg::source {
namespace {

constexpr int kRetries = 3;
constexpr std::chrono::milliseconds kFirstPause{200};

/// Errors after which another source may do better. All others are the disk's or the caller's.
bool is_sources_fault(Code code) {
  const Category category = info(code).category;
  return category == Category::source || category == Category::database_unavailable ||
         code == Code::trust_hash;
}

/// Asks a source for whole files, at most once, for as long as it lives.
class WholeFiles {
 public:
  explicit WholeFiles(Source& source) : source_(source) {}
  WholeFiles(const WholeFiles&) = delete;
  WholeFiles& operator=(const WholeFiles&) = delete;
  ~WholeFiles() {
    if (are_asked_) source_.set_whole_files(false);
  }

  /// False if that was done before, or makes no difference.
  bool ask() {
    if (are_asked_) return false;
    are_asked_ = source_.set_whole_files(true);
    return are_asked_;
  }

 private:
  Source& source_;
  bool are_asked_ = false;
};

}  // namespace

Transfer::Transfer(const std::string& path, const ByteRange& range, std::uint64_t size,
                   const Share& share, Receiver& receiver, Observer& observer)
    : path_(path),
      range_(range),
      size_(size),
      share_(share),
      receiver_(receiver),
      observer_(observer) {}

Source* Transfer::run(std::span<Source* const> sources) {
  report(true);
  if (is_complete()) return nullptr;
  if (sources.empty()) {
    throw Error(Code::transport_unreachable, {{"reason", "there are no sources"}});
  }
  std::vector<Source*> order(sources.begin(), sources.end());
  put_in_order(order);
  for (Source* source : order) {
    const std::optional<Error> error = from(*source);
    if (is_complete()) return source;
    if (source == order.back()) throw Error(*error);
    skipped(*source, *error);
  }
  return nullptr;
}

void Transfer::write(ByteView bytes) {
  receiver_.write(bytes);
  report(is_complete());
}

bool Transfer::asks_for_part() const {
  return receiver_.size() > 0 || !is_whole(range_, size_);
}

/// Reads missing bytes from one source; why it was given up, if the range is not complete then. A
/// line that brings some bytes and breaks is tried again, and each whole block that came pays for
/// new tries: a bad line gets through at last, a source that gives nothing does not hold us.
std::optional<Error> Transfer::from(Source& source) {
  receiver_.change_source();
  WholeFiles whole(source);
  int retries = 0;
  while (true) {
    const std::uint64_t size = receiver_.size();
    const std::uint64_t verified = receiver_.verified();
    const bool was_part = asks_for_part();
    std::optional<Error> error = attempt(source);
    if (!error) return std::nullopt;
    if (error->code() == Code::trust_hash) {
      const bool mixed = receiver_.is_mixed();
      receiver_.drop_block();
      if (!mixed && !(was_part && whole.ask())) return error;
      continue;
    }
    if (receiver_.verified() > verified) retries = 0;
    if (!info(error->code()).retryable || source.is_given_up() || receiver_.size() == size ||
        retries == kRetries) {
      return error;
    }
    pause(kFirstPause * (1 << retries++), observer_);
  }
}

std::optional<Error> Transfer::attempt(Source& source) {
  try {
    source.read_range(path_, {range_.begin + receiver_.size(), range_.end}, size_, *this,
                      observer_);
  } catch (const Error& error) {
    if (!is_sources_fault(error.code())) throw;
    return error;
  }
  if (is_complete()) return std::nullopt;
  return Error(Code::transport_truncated, {{"source", source.address()}, {"path", path_}});
}

void Transfer::skipped(const Source& source, const Error& error) {
  observer_.notice({"source.skipped", source.address(), error.what()});
}

void Transfer::report(bool always) {
  const auto now = std::chrono::steady_clock::now();
  if (!always && now - reported_ < std::chrono::milliseconds(50)) return;
  reported_ = now;
  observer_.progress({Stage::download, path_, share_.before + receiver_.size(), share_.total});
}

}  // namespace xppkg::source
