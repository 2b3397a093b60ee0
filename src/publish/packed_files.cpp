#include "packed_files.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "inflated.hpp"
#include "tar_stream.hpp"

namespace xppkg::publish {
namespace {

constexpr std::size_t kTarBlock = 512;

/// The contents of a gzip file: a tar archive, or one file.
class Unpacked final : public Sink {
 public:
  explicit Unpacked(const PieceSink::Visit& visit) : tar_(visit), one_("", visit) {}

  void write(ByteView bytes) override {
    if (is_told_) return pass_on(bytes);
    start_.insert(start_.end(), bytes.begin(), bytes.end());
    if (start_.size() >= kTarBlock) tell();
  }
  void finish() {
    if (!is_told_) tell();
    is_tar_ ? tar_.finish() : one_.finish();
  }
  [[nodiscard]] bool is_ended() const { return tar_.is_ended() || one_.is_ended(); }

 private:
  void tell() {
    is_told_ = true;
    is_tar_ = is_tar(start_);
    pass_on(start_);
    start_.clear();
  }
  void pass_on(ByteView bytes) { is_tar_ ? tar_.write(bytes) : one_.write(bytes); }

  TarStream tar_;
  PieceSink one_;
  Bytes start_;
  bool is_told_ = false;
  bool is_tar_ = false;
};

std::uint64_t number_at(ByteView bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = size; i > 0; --i) number = number << 8U | bytes[at + i - 1];
  return number;
}

/// Nothing where the file has no such bytes.
std::optional<Bytes> read(const RandomReader& file, std::uint64_t at, std::uint64_t size) {
  if (at > file.size() || size > file.size() - at) return std::nullopt;
  Bytes bytes(static_cast<std::size_t>(size));
  file.read_at(at, bytes);
  return bytes;
}

bool begins_with(ByteView bytes, std::string_view words) {
  return bytes.size() >= words.size() && as_text(bytes.first(words.size())) == words;
}

/// The names in this file are those of APPNOTE.TXT 6.3.10, in sections 4.3.7 to 4.3.16.
struct Directory {
  Bytes bytes;
  std::uint64_t before = 0;  ///< bytes in front of the archive: a program that unpacks itself
};

constexpr std::size_t kEndRecord = 22;
constexpr std::uint64_t kMaxDirectory = 256 * 1024 * 1024;

std::optional<Directory> directory_at(const RandomReader& file, std::uint64_t end,
                                      std::uint64_t size, std::uint64_t offset) {
  if (size > kMaxDirectory || size > end || offset > end - size) return std::nullopt;
  auto bytes = read(file, end - size, size);
  if (!bytes) return std::nullopt;
  return Directory{std::move(*bytes), end - size - offset};
}

/// Of an archive with numbers of 64 bits, whose record lies before the usual one.
std::optional<Directory> large_directory(const RandomReader& file, std::uint64_t end) {
  constexpr std::uint64_t kLocator = 20;
  constexpr std::uint64_t kRecord = 56;
  if (end < kLocator + kRecord) return std::nullopt;
  const std::uint64_t at = end - kLocator - kRecord;
  const auto record = read(file, at, kRecord);
  if (!record || !begins_with(*record, "PK\x06\x06")) return std::nullopt;
  return directory_at(file, at, number_at(*record, 40, 8), number_at(*record, 48, 8));
}

std::optional<Directory> find_directory(const RandomReader& file) {
  constexpr std::uint64_t kLongestComment = 65'535;
  constexpr std::uint64_t kIsLarge = 0xffff'ffff;
  const std::uint64_t size = std::min(file.size(), kEndRecord + kLongestComment);
  const std::uint64_t begin = file.size() - size;
  const auto tail = read(file, begin, size);
  if (!tail) return std::nullopt;
  const std::size_t at = as_text(*tail).rfind("PK\x05\x06");
  if (at == std::string_view::npos || tail->size() - at < kEndRecord) return std::nullopt;
  const ByteView record = ByteView(*tail).subspan(at, kEndRecord);
  const std::uint64_t offset = number_at(record, 16, 4);
  if (offset == kIsLarge) return large_directory(file, begin + at);
  return directory_at(file, begin + at, number_at(record, 12, 4), offset);
}

/// A file of the archive.
struct Member {
  std::string name;
  std::uint64_t flags = 0;
  std::uint64_t method = 0;
  std::uint64_t size = 0;  ///< compressed
  std::uint64_t header = 0;
};

/// Numbers that need 64 bits stand in an extra field, in this order.
void read_large(ByteView extra, std::uint64_t unpacked, Member& member) {
  constexpr std::uint64_t kIsLarge = 0xffff'ffff;
  while (extra.size() >= 4) {
    const std::uint64_t id = number_at(extra, 0, 2);
    const auto size = static_cast<std::size_t>(number_at(extra, 2, 2));
    extra = extra.subspan(4);
    if (size > extra.size()) return;
    ByteView field = extra.first(size);
    extra = extra.subspan(size);
    if (id != 1) continue;
    for (std::uint64_t* number : {&unpacked, &member.size, &member.header}) {
      if (*number != kIsLarge || field.size() < 8) continue;
      *number = number_at(field, 0, 8);
      field = field.subspan(8);
    }
  }
}

/// The next member, taken off the directory; nothing at its end.
std::optional<Member> take_member(ByteView& directory) {
  constexpr std::size_t kHeader = 46;
  if (directory.size() < kHeader || !begins_with(directory, "PK\x01\x02")) return std::nullopt;
  const auto name = static_cast<std::size_t>(number_at(directory, 28, 2));
  const auto extra = static_cast<std::size_t>(number_at(directory, 30, 2));
  const auto comment = static_cast<std::size_t>(number_at(directory, 32, 2));
  if (directory.size() - kHeader < name + extra + comment) return std::nullopt;
  Member member;
  member.name = as_text(directory.subspan(kHeader, name));
  member.flags = number_at(directory, 8, 2);
  member.method = number_at(directory, 10, 2);
  member.size = number_at(directory, 20, 4);
  member.header = number_at(directory, 42, 4);
  read_large(directory.subspan(kHeader + name, extra), number_at(directory, 24, 4), member);
  directory = directory.subspan(kHeader + name + extra + comment);
  return member;
}

std::optional<Extent> extent_of(const RandomReader& file, const Member& member,
                                std::uint64_t before) {
  constexpr std::size_t kHeader = 30;
  if (member.header > file.size()) return std::nullopt;
  const std::uint64_t at = member.header + before;
  const auto header = read(file, at, kHeader);
  if (!header || !begins_with(*header, "PK\x03\x04")) return std::nullopt;
  const std::uint64_t begin = at + kHeader + number_at(*header, 26, 2) + number_at(*header, 28, 2);
  if (begin > file.size()) return std::nullopt;
  return Extent{file, begin, begin + std::min(member.size, file.size() - begin)};
}

}  // namespace

PackedFiles::PackedFiles(const RandomReader& file, std::uint64_t& most, Visit visit)
    : file_(file), most_(most), visit_(std::move(visit)) {}

bool PackedFiles::run() {
  const auto start = read(file_, 0, std::min<std::uint64_t>(file_.size(), kTarBlock));
  if (!start) return false;
  if (begins_with(*start, "\x1f\x8b\x08")) return run_gzip();
  if (is_tar(*start)) return run_tar();
  return run_zip();
}

bool PackedFiles::run_gzip() {
  Unpacked unpacked(visit_);
  inflate_into({file_, 0, file_.size()}, Compressed::gzip, most_, unpacked,
               [&] { return unpacked.is_ended(); });
  unpacked.finish();
  return unpacked.is_ended();
}

bool PackedFiles::run_tar() {
  TarStream tar(visit_);
  copy_into({file_, 0, file_.size()}, most_, tar, [&] { return tar.is_ended(); });
  tar.finish();
  return tar.is_ended();
}

bool PackedFiles::run_zip() {
  constexpr std::uint64_t kStored = 0;
  constexpr std::uint64_t kDeflated = 8;
  const auto directory = find_directory(file_);
  if (!directory) return false;
  ByteView left = directory->bytes;
  while (const auto member = take_member(left)) {
    const bool is_encrypted = (member->flags & 1U) != 0;
    const auto extent = extent_of(file_, *member, directory->before);
    if (is_encrypted || !extent || most_ == 0) continue;
    PieceSink file(member->name, visit_);
    const auto is_ended = [&] { return file.is_ended(); };
    if (member->method == kStored) copy_into(*extent, most_, file, is_ended);
    if (member->method == kDeflated) {
      inflate_into(*extent, Compressed::deflate, most_, file, is_ended);
    }
    file.finish();
    if (file.is_ended()) return true;
  }
  return false;
}

}  // namespace xppkg::publish
