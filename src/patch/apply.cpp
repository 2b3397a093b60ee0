#include "patch/apply.hpp"

#include <fmt/format.h>

#include <numeric>

#include "base/tree_index.hpp"
#include "delta/bsdiff.hpp"
#include "file_digest.hpp"
#include "folder_writer.hpp"
#include "fs/open_files.hpp"
#include "new_output.hpp"
#include "patch/foreign.hpp"
#include "tree/scan.hpp"

namespace xppkg::patch {
namespace {

[[noreturn]] void wrong_base(const Blake2b& expected, const Blake2b& actual) {
  throw Error(Code::mismatch_base, {{"expected", expected.hex()}, {"actual", actual.hex()}});
}

/// Reading the header has made sure that it fits.
std::uint64_t bytes_of(const std::vector<delta::Part>& parts) {
  return std::accumulate(
      parts.begin(), parts.end(), std::uint64_t{0},
      [](std::uint64_t sum, const delta::Part& part) { return sum + part.size; });
}

/// Writes the one file of a patch and hashes it.
class FileWriter final : public delta::PartSink {
 public:
  explicit FileWriter(fs::WriteFile& file) : file_(file) {}

  void begin(const delta::Part&) override {}
  void write(ByteView bytes) override {
    hasher_.update(bytes);
    file_.write(bytes);
  }
  void end() override {}
  Blake2b finish() { return hasher_.finish(); }

 private:
  fs::WriteFile& file_;
  Blake2bHasher hasher_;
};

class Apply {
 public:
  Apply(fs::FileSystem& disk, const fs::Path& old_place, const RandomReader& patch,
        NewOutput& output, unsigned threads, Observer& observer)
      : disk_(disk),
        old_(old_place),
        patch_(patch),
        output_(output),
        threads_(threads),
        observer_(observer) {}

  Applied classic() {
    require(Kind::file);
    const auto old_file = disk_.open_read(old_);
    const std::uint64_t size = delta::read_bsdiff_header(patch_).output;
    require_space(size);
    write_file(
        [&](fs::WriteFile& file) { delta::apply_bsdiff(patch_, *old_file, file, {}, observer_); });
    return {Kind::file, Format::bsdiff, 1, size, false};
  }

  Applied file(delta::Decoder& decoder) {
    require(Kind::file);
    const delta::Header& header = decoder.header();
    require_space(bytes_of(header.new_parts));
    const auto old_file = disk_.open_read(old_);
    if (!may_be_base(header, *old_file)) check_base(header, *old_file);
    std::vector<const RandomReader*> old_parts(header.old_parts.size(), old_file.get());
    write_file([&](fs::WriteFile& file) {
      FileWriter writer(file);
      try {
        decoder.decode(old_parts, writer, observer_, threads_);
        check_result(header.tree, writer.finish());
      } catch (const Error& error) {
        if (may_come_of_wrong_base(error.code())) check_base(header, *old_file);
        throw;
      }
    });
    return {Kind::file, Format::xppkg, 1, header.new_parts.front().size, true};
  }

  Applied folder(delta::Decoder& decoder) {
    require(Kind::folder);
    const delta::Header& header = decoder.header();
    require_space(bytes_of(header.new_parts));
    const Entries old_entries = tree::scan(disk_, old_, observer_);
    const Bytes old_index = write_tree_index(old_entries);
    const Blake2b base = blake2b(old_index);
    if (base != header.base_tree) wrong_base(header.base_tree, base);
    FolderWriter writer(disk_, output_.unfinished(), header.tree, disk_.stat(old_)->mode);
    decode_folder(decoder, old_entries, old_index, writer);
    writer.finish(old_, old_entries, observer_);
    output_.finish();
    Applied applied{Kind::folder, Format::xppkg, 0, 0, true};
    for (const Entry& entry : writer.entries()) {
      applied.files += entry.kind == EntryKind::file ? 1 : 0;
      applied.bytes += entry.size;
    }
    return applied;
  }

 private:
  void require(Kind kind) {
    const auto found = disk_.stat(old_);
    const fs::Kind wanted = kind == Kind::file ? fs::Kind::file : fs::Kind::directory;
    if (found && found->kind == wanted) return;
    const char* reason = kind == Kind::file ? "the patch is for a file, and this is none"
                                            : "the patch is for a folder, and this is none";
    throw Error(Code::mismatch_base, {{"path", fs::to_utf8(old_)}, {"reason", reason}});
  }

  /// Refuses a patch before the first byte if its claimed output has no room.
  void require_space(std::uint64_t bytes) const {
    const fs::Path folder = output_.unfinished().parent_path();
    const std::uint64_t free_bytes = disk_.space(folder).free_bytes;
    if (bytes <= free_bytes) return;
    throw Error(Code::space_insufficient, {{"path", fs::to_utf8(folder)},
                                           {"needed bytes", fmt::to_string(bytes)},
                                           {"free bytes", fmt::to_string(free_bytes)}});
  }

  template <typename Write>
  void write_file(const Write& write) {
    const auto file = disk_.create(output_.unfinished(), disk_.stat(old_)->mode & 0777);
    write(*file);
    file->sync();
    output_.finish();
  }

  /// Whether the result will tell if the old file is the right one: to hash it too would take as
  /// long as all the rest.
  static bool may_be_base(const delta::Header& header, const RandomReader& old_file) {
    return !header.old_parts.empty() && header.old_parts.front().size == old_file.size();
  }

  static bool may_come_of_wrong_base(Code code) {
    return code == Code::corrupt_payload || code == Code::limit_exceeded ||
           code == Code::unsupported_format;
  }

  void check_base(const delta::Header& header, const RandomReader& old_file) {
    const Blake2b base = file_digest(old_file, observer_);
    if (base != header.base_tree) wrong_base(header.base_tree, base);
  }

  static void check_result(const Blake2b& expected, const Blake2b& actual) {
    if (actual == expected) return;
    throw Error(Code::corrupt_payload, {{"reason", "the result is not what the patch says"},
                                        {"expected", expected.hex()},
                                        {"actual", actual.hex()}});
  }

  void decode_folder(delta::Decoder& decoder, const Entries& old_entries, ByteView old_index,
                     FolderWriter& writer) {
    const BufferReader index(old_index);
    fs::OpenFiles open(disk_);
    std::vector<std::unique_ptr<fs::LateFile>> files;
    std::vector<const RandomReader*> old_parts;
    for (const delta::Part& part : decoder.header().old_parts) {
      if (part.file == kTreeIndex) {
        old_parts.push_back(&index);
        continue;
      }
      if (part.file >= old_entries.size() || old_entries[part.file].kind != EntryKind::file) {
        throw Error(Code::corrupt_payload, {{"reason", "the old folder has no such file"}});
      }
      const Entry& entry = old_entries[part.file];
      files.push_back(std::make_unique<fs::LateFile>(open, fs::join(old_, entry.path), entry.size));
      old_parts.push_back(files.back().get());
    }
    decoder.decode(old_parts, writer, observer_, threads_);
  }

  fs::FileSystem& disk_;
  const fs::Path& old_;
  const RandomReader& patch_;
  NewOutput& output_;
  unsigned threads_;
  Observer& observer_;
};

}  // namespace

Applied apply(fs::FileSystem& disk, const fs::Path& old_place, const fs::Path& patch,
              const fs::Path& new_place, const ApplyOptions& options, Observer& observer) {
  const auto reader = disk.open_read(patch);
  refuse_foreign(*reader);
  const bool is_classic = delta::is_bsdiff(*reader);
  std::optional<delta::Decoder> decoder;
  if (!is_classic) decoder.emplace(*reader);
  const Kind kind = is_classic ? Kind::file : kind_of(decoder->header());
  NewOutput output(disk, new_place, options.replace && kind == Kind::file);
  Apply work(disk, old_place, *reader, output, options.threads, observer);
  if (is_classic) return work.classic();
  return kind == Kind::file ? work.file(*decoder) : work.folder(*decoder);
}

}  // namespace xppkg::patch
