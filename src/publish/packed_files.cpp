#include "packed_files.hpp"

#include <algorithm>
#include <utility>

#include "secret_texts.hpp"

namespace xppkg::publish {
namespace {

/// Bytes of one packed file, in memory up to a limit; beyond it they go on in pieces that overlap.
class Pieces {
 public:
  Pieces(std::string name, const PackedFiles::Visit& visit)
      : name_(std::move(name)), visit_(visit) {}

  void write(ByteView bytes) {
    while (!bytes.empty() && !is_ended_) {
      const std::size_t size = std::min(bytes.size(), kMostInMemory - bytes_.size());
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      bytes = bytes.subspan(size);
      has_more_ = true;
      if (bytes_.size() == kMostInMemory) show();
    }
  }
  void finish() {
    if (has_more_ && !is_ended_) show();
  }
  [[nodiscard]] bool is_ended() const { return is_ended_; }

 private:
  static constexpr std::size_t kMostInMemory = 32 * 1024 * 1024;

  void show() {
    has_more_ = false;
    is_ended_ = visit_(name_, BufferReader(bytes_));
    const std::size_t kept = std::min(bytes_.size(), kLongestKey);
    bytes_.erase(bytes_.begin(), bytes_.end() - static_cast<std::ptrdiff_t>(kept));
  }

  std::string name_;
  const PackedFiles::Visit& visit_;
  Bytes bytes_;
  bool is_ended_ = false;
  bool has_more_ = false;  ///< than were shown
};

}  // namespace

PackedFiles::PackedFiles(const RandomReader& file, UnpackLimits& limits, Visit visit)
    : file_(file), limits_(limits), visit_(std::move(visit)) {}

bool PackedFiles::run() {
  // A key has 48 bytes at least, and what holds it 18 more. Digests in base64 are shorter, and
  // many.
  constexpr std::uint64_t kLeast = 65;
  if (file_.size() < kLeast) return false;
  // A compressed file that begins like an archive may be none: blocks of zeros are an empty tar.
  for (const Formats formats : {Formats::stream, Formats::one_file}) {
    FilterChain chain(file_, limits_);
    if (chain.is_empty()) return run_file(chain.file());
    std::size_t begun = 0;
    show_files(chain.top(), formats, begun);
    if (is_ended_ || begun > 0) break;
  }
  return is_ended_;
}

// libarchive ends at the first file that is damaged, and takes a zip archive behind a program that
// holds the marks of other formats for one of these: it is called again, for the files behind, and
// for zip archives alone.
bool PackedFiles::run_file(FileInput& file) {
  constexpr int kMostDamaged = 16;
  for (const Formats formats :
       {Formats::archives, Formats::zip_by_directory, Formats::zip_by_order}) {
    std::size_t begun = 0;
    Outcome outcome = Outcome::damaged;
    for (int i = 0; outcome == Outcome::damaged && i < kMostDamaged; ++i) {
      file.seek(0);
      outcome = show_files(file, formats, begun);
    }
    const bool is_none = formats == Formats::archives && outcome == Outcome::unknown;
    if (is_ended_ || begun > 0 || is_none) break;
  }
  return is_ended_;
}

/// Shows those behind the files that were begun; `damaged`: more may follow the last of them.
PackedFiles::Outcome PackedFiles::show_files(ArchiveInput& input, Formats formats,
                                             std::size_t& begun) {
  using Step = ArchiveReader::Step;
  ArchiveReader reader(input, limits_);
  if (!reader.open(formats)) return Outcome::unknown;
  for (std::size_t i = 0; reader.next_file() == Step::done; ++i) {
    if (i < begun) continue;
    ++begun;
    const Step step = show_file(reader);
    if (is_ended_) break;
    if (step == Step::damaged) return Outcome::damaged;
  }
  return Outcome::done;
}

ArchiveReader::Step PackedFiles::show_file(ArchiveReader& reader) {
  Pieces file(reader.name(), visit_);
  auto step = ArchiveReader::Step::end;
  ByteView bytes;
  while (!file.is_ended() && limits_.shown > 0) {
    step = reader.next_bytes(bytes);
    if (step != ArchiveReader::Step::done) break;
    const std::uint64_t size = std::min<std::uint64_t>(limits_.shown, bytes.size());
    limits_.shown -= size;
    file.write(bytes.first(static_cast<std::size_t>(size)));
  }
  file.finish();
  is_ended_ = file.is_ended();
  return step;
}

}  // namespace xppkg::publish
