#include "site/database_source.hpp"

#include <algorithm>
#include <map>

#include "site/site.hpp"
#include "source/url.hpp"
#include "xppkg/error.hpp"

namespace xppkg::site {
namespace {

class DatabaseSource final : public source::Source {
 public:
  DatabaseSource(SiteDatabase& database, std::string address, std::string package,
                 std::uint64_t counter)
      : database_(database),
        address_(std::move(address)),
        package_(std::move(package)),
        counter_(counter) {}

  [[nodiscard]] const std::string& address() const override { return address_; }

  std::optional<Bytes> read(const std::string& path, std::uint64_t limit,
                            Observer& observer) override {
    const auto file = find(path, observer);
    if (!file) return std::nullopt;
    if (file->size > limit) {
      throw Error(Code::limit_exceeded,
                  {{"source", address_}, {"path", path}, {"limit", std::to_string(limit)}});
    }
    BufferSink bytes;
    copy(*file, {0, file->size}, bytes, observer);
    return bytes.take();
  }

  void read_range(const std::string& path, const ByteRange& range, std::uint64_t size, Sink& out,
                  Observer& observer) override {
    if (range.begin > range.end || range.end > size) {
      throw Error(Code::internal, {{"path", path}, {"reason", "a range outside of the file"}});
    }
    const auto file = find(path, observer);
    if (!file) throw Error(Code::notfound_file, {{"source", address_}, {"path", path}});
    if (file->size < range.end) throw cut_short(path, size, file->size);
    copy(*file, range, out, observer);
  }

 private:
  /// Failures of the database are, to the caller, a source that cannot be reached.
  template <typename Work>
  auto translate_errors(const std::string& path, const Work& work) {
    try {
      return work();
    } catch (const Error& error) {
      if (error.code() == Code::notfound_file) {
        throw Error(Code::notfound_file, {{"source", address_}, {"path", path}});
      }
      const std::string_view cause = error.fact("cause");
      throw Error(Code::transport_unreachable,
                  {{"source", address_},
                   {"path", path},
                   {"cause", std::string(cause.empty() ? error.what() : cause)}});
    }
  }

  [[nodiscard]] Error cut_short(const std::string& path, std::uint64_t expected,
                                std::uint64_t actual) const {
    return Error(Code::transport_truncated, {{"source", address_},
                                             {"path", path},
                                             {"expected", std::to_string(expected)},
                                             {"actual", std::to_string(actual)}});
  }

  std::optional<StoredFile> find(const std::string& path, Observer& observer) {
    source::check_path(path);
    if (observer.cancelled()) throw Error(Code::cancelled);
    const auto known = files_.find(path);
    if (known != files_.end()) return known->second;
    auto file = translate_errors(path, [&] { return database_.find(package_, counter_, path); });
    if (file) files_.emplace(path, *file);
    return file;
  }

  void copy(const StoredFile& file, const ByteRange& range, Sink& out, Observer& observer) {
    for (std::uint64_t at = range.begin; at < range.end;) {
      if (observer.cancelled()) throw Error(Code::cancelled);
      const std::uint64_t index = at / kPartBytes;
      const std::uint64_t begin = index * kPartBytes;
      const ByteView part = load(file, index, std::min(kPartBytes, file.size - begin));
      const std::uint64_t end = std::min(range.end, begin + part.size());
      out.write(
          part.subspan(static_cast<std::size_t>(at - begin), static_cast<std::size_t>(end - at)));
      at = end;
    }
  }

  /// The last part is kept: ranges seldom begin where a part does.
  ByteView load(const StoredFile& file, std::uint64_t index, std::uint64_t size) {
    if (part_.empty() || part_digest_ != file.digest || part_index_ != index) {
      part_ = translate_errors(file.path, [&] { return database_.part(file.digest, index); });
      part_digest_ = file.digest;
      part_index_ = index;
    }
    if (part_.size() != size) throw cut_short(file.path, size, part_.size());
    return part_;
  }

  SiteDatabase& database_;
  std::string address_;
  std::string package_;
  std::uint64_t counter_;
  std::map<std::string, StoredFile> files_;
  Bytes part_;
  Sha256 part_digest_;
  std::uint64_t part_index_ = 0;
};

}  // namespace

std::unique_ptr<source::Source> open_database_source(SiteDatabase& database, std::string address,
                                                     std::string package, std::uint64_t counter) {
  return std::make_unique<DatabaseSource>(database, std::move(address), std::move(package),
                                          counter);
}

}  // namespace xppkg::site
