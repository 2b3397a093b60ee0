#include "archive_reader.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <new>
#include <string_view>

namespace xppkg::publish {
namespace {

constexpr std::uint64_t kPiece = 64 * 1024;
/// So much may be read for a file's header, or for its next bytes: the directory of a zip archive
/// is read whole for the first one, and takes several times its size in memory.
constexpr std::uint64_t kMostForOne = 32 * 1024 * 1024;
/// Each step counts for so many bytes at least, that archives of nothing come to an end, too.
constexpr std::uint64_t kLeastForOne = 64;

void spend(std::uint64_t& limit, std::uint64_t bytes) {
  limit -= std::min(limit, bytes);
}

/// Those of libarchive that read nothing but the archive itself, run no program, and are still
/// written.
void support(archive* handle, ArchiveReader::Formats formats) {
  using Formats = ArchiveReader::Formats;
  if (formats == Formats::archives || formats == Formats::stream) {
    archive_read_support_format_ar(handle);
    archive_read_support_format_cpio(handle);
    archive_read_support_format_tar(handle);
  }
  if (formats == Formats::archives) {
    archive_read_support_format_7zip(handle);
    archive_read_support_format_cab(handle);
    archive_read_support_format_iso9660(handle);
    archive_read_support_format_zip(handle);
  }
  if (formats == Formats::stream || formats == Formats::one_file) {
    archive_read_support_format_raw(handle);
  }
  if (formats == Formats::zip_by_directory) archive_read_support_format_zip_seekable(handle);
  if (formats == Formats::zip_by_order) archive_read_support_format_zip_streamable(handle);
}

}  // namespace

ByteView FileInput::next() {
  const std::uint64_t left = file_.size() - std::min(file_.size(), position_);
  bytes_.resize(static_cast<std::size_t>(std::min(kPiece, left)));
  if (!bytes_.empty()) file_.read_at(position_, bytes_);
  position_ += bytes_.size();
  return bytes_;
}

ByteView FileInput::start() {
  position_ = 0;
  const ByteView bytes = next();
  position_ = 0;
  return bytes;
}

/// Called by libarchive, which is C: no exception may go through it.
struct ArchiveReader::Callbacks {
  static la_ssize_t read(archive* /*handle*/, void* self, const void** buffer) {
    auto& reader = *static_cast<ArchiveReader*>(self);
    try {
      const ByteView bytes = reader.take();
      *buffer = bytes.data();
      return static_cast<la_ssize_t>(bytes.size());
    } catch (...) {
      reader.failure_ = std::current_exception();
      return ARCHIVE_FATAL;
    }
  }

  static la_int64_t skip(archive* /*handle*/, void* self, la_int64_t request) {
    ArchiveInput& input = static_cast<ArchiveReader*>(self)->input_;
    const std::uint64_t at = input.position();
    const std::uint64_t left = *input.size() - std::min(*input.size(), at);
    const std::uint64_t size = std::min(left, static_cast<std::uint64_t>(request));
    input.seek(at + size);
    return static_cast<la_int64_t>(size);
  }

  static la_int64_t seek(archive* /*handle*/, void* self, la_int64_t offset, int whence) {
    ArchiveInput& input = static_cast<ArchiveReader*>(self)->input_;
    const auto size = static_cast<la_int64_t>(*input.size());
    if (whence == SEEK_CUR) offset += static_cast<la_int64_t>(input.position());
    if (whence == SEEK_END) offset += size;
    if (offset < 0 || offset > size) return ARCHIVE_FATAL;
    input.seek(static_cast<std::uint64_t>(offset));
    return offset;
  }
};

void ArchiveReader::Free::operator()(archive* handle) const {
  archive_read_free(handle);
}

ArchiveReader::ArchiveReader(ArchiveInput& input, UnpackLimits& limits)
    : input_(input), limits_(limits), archive_(archive_read_new()) {
  if (!archive_) throw std::bad_alloc();
}

ArchiveReader::~ArchiveReader() = default;

bool ArchiveReader::open(Formats formats) {
  support(archive_.get(), formats);
  // Some archives go on behind the blocks that end them; other formats refuse the option.
  archive_read_set_format_option(archive_.get(), "tar", "read_concatenated_archives", "1");
  archive_clear_error(archive_.get());
  return open_input();
}

bool ArchiveReader::open_filtered(int filter) {
  support(archive_.get(), Formats::one_file);
  return archive_read_append_filter(archive_.get(), filter) == ARCHIVE_OK && open_input() &&
         next_file() == Step::done;
}

bool ArchiveReader::open_input() {
  archive* handle = archive_.get();
  archive_read_set_read_callback(handle, Callbacks::read);
  if (input_.size()) {
    archive_read_set_skip_callback(handle, Callbacks::skip);
    archive_read_set_seek_callback(handle, Callbacks::seek);
  }
  archive_read_set_callback_data(handle, this);
  may_read_ = kMostForOne;
  return checked(archive_read_open1(handle)) >= ARCHIVE_WARN;
}

ByteView ArchiveReader::take() {
  if (limits_.read == 0 || may_read_ == 0) return {};
  const ByteView bytes = input_.next();
  spend(limits_.read, bytes.size());
  spend(may_read_, bytes.size());
  return bytes;
}

int ArchiveReader::checked(int result) {
  if (failure_) std::rethrow_exception(failure_);
  return result;
}

ArchiveReader::Step ArchiveReader::next_file() {
  while (limits_.shown > 0) {
    spend(limits_.shown, kLeastForOne);
    may_read_ = kMostForOne;
    const int result = checked(archive_read_next_header(archive_.get(), &entry_));
    if (result == ARCHIVE_EOF) return Step::end;
    if (result == ARCHIVE_FATAL) return Step::damaged;
    if (result == ARCHIVE_OK || result == ARCHIVE_WARN) return Step::done;
  }
  return Step::end;
}

std::string ArchiveReader::name() const {
  if (archive_format(archive_.get()) == ARCHIVE_FORMAT_RAW) return "";
  const char* name = archive_entry_pathname_utf8(entry_);
  if (name == nullptr) name = archive_entry_pathname(entry_);
  return name == nullptr ? "" : name;
}

ArchiveReader::Step ArchiveReader::next_bytes(ByteView& bytes) {
  bytes = {};
  if (limits_.read == 0) return Step::end;
  spend(limits_.read, kLeastForOne);
  const void* buffer = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;  // Holes are left out.
  may_read_ = kMostForOne;
  const int result = checked(archive_read_data_block(archive_.get(), &buffer, &size, &offset));
  if (result == ARCHIVE_FATAL) return Step::damaged;
  if (result == ARCHIVE_EOF || result == ARCHIVE_FAILED) return Step::end;
  // A warning is one of a wrong checksum: the bytes are there.
  if (buffer != nullptr) bytes = {static_cast<const std::uint8_t*>(buffer), size};
  return Step::done;
}

FilteredInput::FilteredInput(ArchiveInput& input, int filter, UnpackLimits& limits)
    : reader_(input, limits), is_open_(reader_.open_filtered(filter)) {}

ByteView FilteredInput::next() {
  if (!start_) return fetch();
  const ByteView bytes = *start_;
  start_.reset();
  return bytes;
}

ByteView FilteredInput::start() {
  start_ = fetch();
  return *start_;
}

ByteView FilteredInput::fetch() {
  ByteView bytes;
  while (is_open_ && bytes.empty()) {
    is_open_ = reader_.next_bytes(bytes) == ArchiveReader::Step::done;
  }
  return bytes;
}

FilterChain::FilterChain(const RandomReader& file, UnpackLimits& limits) : file_(file) {
  // Beyond them it is one file, in which the next ones are found.
  constexpr std::size_t kMostFilters = 4;
  while (filtered_.size() < kMostFilters) {
    const auto filter = filter_of(top().start());
    if (!filter) return;
    filtered_.push_back(std::make_unique<FilteredInput>(top(), *filter, limits));
  }
}

ArchiveInput& FilterChain::top() {
  if (filtered_.empty()) return file_;
  return *filtered_.back();
}

std::optional<int> filter_of(ByteView start) {
  // libarchive could tell by itself, but would undo one compression in the other unseen: each is to
  // be counted. The old form of lzma has no number of its own; so its files usually begin.
  struct Magic {
    std::string_view bytes;
    int filter;
  };
  using std::string_view_literals::operator""sv;
  constexpr std::array<Magic, 9> kMagic{{{"\x1f\x8b\x08"sv, ARCHIVE_FILTER_GZIP},
                                         {"BZh"sv, ARCHIVE_FILTER_BZIP2},
                                         {"\xfd"
                                          "7zXZ\0"sv,
                                          ARCHIVE_FILTER_XZ},
                                         {"\x28\xb5\x2f\xfd"sv, ARCHIVE_FILTER_ZSTD},
                                         {"\x50\x2a\x4d\x18"sv, ARCHIVE_FILTER_ZSTD},
                                         {"\x04\x22\x4d\x18"sv, ARCHIVE_FILTER_LZ4},
                                         {"\x5d\0\0"sv, ARCHIVE_FILTER_LZMA},
                                         {"LZIP"sv, ARCHIVE_FILTER_LZIP},
                                         {"\xed\xab\xee\xdb"sv, ARCHIVE_FILTER_RPM}}};
  const auto found = std::ranges::find_if(
      kMagic, [&](const Magic& magic) { return as_text(start).starts_with(magic.bytes); });
  return found == kMagic.end() ? std::nullopt : std::optional(found->filter);
}

}  // namespace xppkg::publish
