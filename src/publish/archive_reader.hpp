#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/stream.hpp"

struct archive;
struct archive_entry;

namespace xppkg::publish {

/// The work that is left for one file and all that is packed in it. Both are counted down.
struct UnpackLimits {
  std::uint64_t read = 0;   ///< bytes that readers take, before and after each decompression
  std::uint64_t shown = 0;  ///< bytes of packed files
};

/// Bytes in which an archive is looked for.
class ArchiveInput {
 public:
  virtual ~ArchiveInput() = default;
  /// The next bytes, valid until the next call; empty at the end, and where what holds them is
  /// damaged.
  virtual ByteView next() = 0;
  /// The bytes that the first call of next() will return.
  virtual ByteView start() = 0;
  /// Nothing where it can only be read from beginning to end.
  [[nodiscard]] virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
  [[nodiscard]] virtual std::uint64_t position() const { return 0; }
  virtual void seek(std::uint64_t /*position*/) {}
};

class FileInput final : public ArchiveInput {
 public:
  explicit FileInput(const RandomReader& file) : file_(file) {}
  ByteView next() override;
  ByteView start() override;
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return file_.size(); }
  [[nodiscard]] std::uint64_t position() const override { return position_; }
  void seek(std::uint64_t position) override { position_ = position; }

 private:
  const RandomReader& file_;
  std::uint64_t position_ = 0;
  Bytes bytes_;
};

/// libarchive over an input. All that it reads goes through here and is counted: it has no limits
/// of its own.
class ArchiveReader {
 public:
  enum class Formats {
    archives,
    zip_by_directory,
    zip_by_order,
    stream,    ///< archives that are read from beginning to end; anything else is one file
    one_file,  ///< anything
  };
  enum class Step { done, end, damaged };

  ArchiveReader(ArchiveInput& input, UnpackLimits& limits);
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;
  ~ArchiveReader();

  /// False if it is none of these formats.
  bool open(Formats formats);
  /// As one file that a filter of libarchive (ARCHIVE_FILTER_…) makes of the input.
  bool open_filtered(int filter);

  Step next_file();
  /// Empty: it has none.
  [[nodiscard]] std::string name() const;
  /// Bytes of the file, valid until the next call.
  Step next_bytes(ByteView& bytes);

 private:
  struct Callbacks;
  struct Free {
    void operator()(archive* handle) const;
  };

  bool open_input();
  ByteView take();
  int checked(int result);

  ArchiveInput& input_;
  UnpackLimits& limits_;
  std::unique_ptr<archive, Free> archive_;
  archive_entry* entry_ = nullptr;
  std::uint64_t may_read_ = 0;  ///< before something comes out
  std::exception_ptr failure_;  ///< of the input
};

/// An input as a filter makes it of another one, which must outlive it.
class FilteredInput final : public ArchiveInput {
 public:
  FilteredInput(ArchiveInput& input, int filter, UnpackLimits& limits);
  ByteView next() override;
  ByteView start() override;

 private:
  ByteView fetch();

  ArchiveReader reader_;
  bool is_open_ = false;
  std::optional<ByteView> start_;
};

/// A file as all filters make of it that its bytes, and theirs, ask for.
class FilterChain {
 public:
  FilterChain(const RandomReader& file, UnpackLimits& limits);
  FilterChain(const FilterChain&) = delete;
  FilterChain& operator=(const FilterChain&) = delete;
  [[nodiscard]] bool is_empty() const { return filtered_.empty(); }
  FileInput& file() { return file_; }
  ArchiveInput& top();

 private:
  FileInput file_;
  std::vector<std::unique_ptr<FilteredInput>> filtered_;
};

/// The filter that undoes the compression of bytes that begin so.
std::optional<int> filter_of(ByteView start);

}  // namespace xppkg::publish
