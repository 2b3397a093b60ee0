#include "stopping_file_system.hpp"

namespace xppkg::test {

class StoppingFileSystem::File final : public fs::WriteFile {
 public:
  File(StoppingFileSystem& disk, std::unique_ptr<fs::WriteFile> file)
      : disk_(disk), file_(std::move(file)) {}

  void write(ByteView bytes) override {
    try {
      disk_.change();
    } catch (const Stopped&) {
      file_->write(bytes.first(bytes.size() / 2));
      throw;
    }
    file_->write(bytes);
  }
  void sync() override { disk_.change(); }

 private:
  StoppingFileSystem& disk_;
  std::unique_ptr<fs::WriteFile> file_;
};

void StoppingFileSystem::fail_once(std::size_t index, Code code) {
  fail_at_ = index;
  failure_ = code;
}

void StoppingFileSystem::change() {
  if (count_ >= stop_at_) throw Stopped();
  if (count_++ == fail_at_) throw Error(failure_, {{"cause", "a failure made by the test"}});
}

std::unique_ptr<fs::WriteFile> StoppingFileSystem::create(const fs::Path& path,
                                                          std::uint32_t mode) {
  change();
  auto file = disk_.create(path, 0600);
  change();
  disk_.set_mode(path, mode);
  return std::make_unique<File>(*this, std::move(file));
}

std::unique_ptr<fs::WriteFile> StoppingFileSystem::append(const fs::Path& path) {
  change();
  return std::make_unique<File>(*this, disk_.append(path));
}

void StoppingFileSystem::truncate(const fs::Path& path, std::uint64_t size) {
  change();
  disk_.truncate(path, size);
}

void StoppingFileSystem::make_symlink(const fs::Path& path, const std::string& target) {
  change();
  disk_.make_symlink(path, target);
}

void StoppingFileSystem::make_directory(const fs::Path& path, std::uint32_t mode) {
  change();
  disk_.make_directory(path, 0700);
  change();
  disk_.set_mode(path, mode);
}

void StoppingFileSystem::set_mode(const fs::Path& path, std::uint32_t mode) {
  change();
  disk_.set_mode(path, mode);
}

void StoppingFileSystem::rename(const fs::Path& from, const fs::Path& to) {
  change();
  disk_.rename(from, to);
}

bool StoppingFileSystem::exchange(const fs::Path& from, const fs::Path& to) {
  change();
  return disk_.exchange(from, to);
}

void StoppingFileSystem::link(const fs::Path& from, const fs::Path& to) {
  change();
  if (!has_links_) throw Error(Code::rights_denied, {{"cause", "no second names here"}});
  disk_.link(from, to);
}

void StoppingFileSystem::remove_file(const fs::Path& path) {
  change();
  disk_.remove_file(path);
}

void StoppingFileSystem::remove_directory(const fs::Path& path) {
  change();
  disk_.remove_directory(path);
}

void StoppingFileSystem::sync_file(const fs::Path&) {
  change();
}

void StoppingFileSystem::sync_directory(const fs::Path&) {
  change();
}

}  // namespace xppkg::test
