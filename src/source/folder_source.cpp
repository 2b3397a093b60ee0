#include "folder_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "source/range.hpp"
#include "source/url.hpp"
#include "xppkg/error.hpp"

namespace xppkg::source {
namespace {

constexpr std::uint64_t kPiece = 256 * 1024;

void check_cancelled(Observer& observer) {
  if (observer.cancelled()) throw Error(Code::cancelled);
}

}  // namespace

FolderSource::FolderSource(std::string address, fs::FileSystem& disk, fs::Path folder)
    : address_(std::move(address)), disk_(disk), folder_(std::move(folder)) {}

/// A disk that cannot be read is, to the caller, a source that cannot be reached: it may be a share
/// or a stick, and the advice for the local disk would be wrong.
template <typename Work>
auto FolderSource::translate_errors(const std::string& path, const Work& work) const {
  try {
    return work();
  } catch (const Error& error) {
    if (error.code() == Code::rights_unsafe_folder) throw;
    throw Error(
        Code::transport_unreachable,
        {{"source", address_}, {"path", path}, {"cause", std::string(error.fact("cause"))}});
  }
}

/// Nothing where the folder lacks the file. A folder that is not there is an unmounted share, not
/// an empty repository.
std::unique_ptr<RandomReader> FolderSource::open(const std::string& path) {
  check_path(path);
  return translate_errors(path, [&]() -> std::unique_ptr<RandomReader> {
    const fs::Path file = folder_ / fs::from_utf8(path);
    if (disk_.stat(file)) return disk_.open_read(file);
    // A link to the folder is followed with "." behind it.
    if (disk_.stat(folder_ / ".")) return nullptr;
    throw Error(Code::transport_unreachable, {{"cause", "there is no such folder"}});
  });
}

std::optional<Bytes> FolderSource::read(const std::string& path, std::uint64_t limit,
                                        Observer& observer) {
  check_cancelled(observer);
  const auto file = open(path);
  if (!file) return std::nullopt;
  if (file->size() > limit) {
    throw Error(Code::limit_exceeded,
                {{"source", address_}, {"path", path}, {"limit", fmt::to_string(limit)}});
  }
  Bytes bytes(static_cast<std::size_t>(file->size()));
  translate_errors(path, [&] { file->read_at(0, bytes); });
  return bytes;
}

void FolderSource::read_range(const std::string& path, const ByteRange& range, std::uint64_t size,
                              Sink& out, Observer& observer) {
  check_range(range, size);
  check_cancelled(observer);
  const auto file = open(path);
  if (!file) throw Error(Code::notfound_file, {{"source", address_}, {"path", path}});
  const std::uint64_t end = std::min(range.end, file->size());
  Bytes buffer;
  for (std::uint64_t at = range.begin; at < end; at += buffer.size()) {
    check_cancelled(observer);
    buffer.resize(static_cast<std::size_t>(std::min(kPiece, end - at)));
    translate_errors(path, [&] { file->read_at(at, buffer); });
    out.write(buffer);
  }
  if (end < range.end) {
    throw Error(Code::transport_truncated, {{"source", address_},
                                            {"path", path},
                                            {"expected", fmt::to_string(size)},
                                            {"actual", fmt::to_string(file->size())}});
  }
}

fs::Path folder_of_url(const std::string& url) {
  constexpr std::string_view kScheme = "file:";
  std::string_view rest = std::string_view(url).substr(kScheme.size());
  if (rest.starts_with("//localhost/")) rest.remove_prefix(std::string_view("//localhost").size());
  if (rest.starts_with("///")) rest.remove_prefix(2);
  const std::string path = percent_decoded(rest);
  if (path.empty() || path.starts_with("//") || path.find('\0') != std::string::npos) {
    throw Error(Code::usage_invalid,
                {{"url", url}, {"reason", "not file:///folder, file:/folder or file:folder"}});
  }
#ifdef _WIN32
  // "file:///C:/folder": the slash before the drive is not part of the path.
  if (path.size() > 2 && path[0] == '/' && path[2] == ':') return fs::from_utf8(path.substr(1));
#endif
  return std::filesystem::absolute(fs::from_utf8(path));
}

}  // namespace xppkg::source
