#pragma once

#include <algorithm>
#include <deque>
#include <functional>

#include "source/source.hpp"
#include "xppkg/error.hpp"

namespace xppkg::source {

inline auto is(Code code) {
  return [code](const Error& error) { return error.code() == code; };
}

/// A source whose next answers are told beforehand; after them it serves `data` well.
class Scripted final : public Source {
 public:
  using Step = std::function<void(std::uint64_t offset, Sink& out)>;

  Scripted(std::string name, Bytes data) : name_(std::move(name)), data_(std::move(data)) {}

  Scripted& then(Step step) {
    steps_.push_back(std::move(step));
    return *this;
  }
  /// Gives `count` bytes and breaks.
  Scripted& cut_after(std::size_t count) {
    return then([this, count](std::uint64_t offset, Sink& out) {
      out.write(ByteView(data_).subspan(offset, count));
      throw Error(Code::transport_truncated, {{"source", name_}});
    });
  }
  Scripted& fail(Code code) {
    return then([this, code](std::uint64_t, Sink&) { throw Error(code, {{"source", name_}}); });
  }
  /// Spoils one byte for all answers to come.
  Scripted& spoil(std::size_t at) {
    data_[at] ^= 1;
    return *this;
  }

  [[nodiscard]] const std::string& address() const override { return name_; }
  std::optional<Bytes> read(const std::string&, std::uint64_t, Observer&) override { return data_; }
  void read_range(const std::string&, const ByteRange& range, std::uint64_t, Sink& out,
                  Observer&) override {
    offsets.push_back(range.begin);
    ends.push_back(range.end);
    if (!steps_.empty()) {
      const Step step = std::move(steps_.front());
      steps_.pop_front();
      return step(range.begin, out);
    }
    // In pieces that do not fit the blocks.
    for (std::uint64_t at = range.begin; at < range.end; at += 33) {
      out.write(ByteView(data_).subspan(at, std::min<std::uint64_t>(33, range.end - at)));
    }
  }

  bool set_whole_files(bool whole) override {
    asked_whole.push_back(whole);
    return has_whole_files;
  }
  [[nodiscard]] bool is_given_up() const override { return is_slow; }

  bool is_slow = false;
  bool has_whole_files = false;
  std::vector<bool> asked_whole;
  std::vector<std::uint64_t> offsets;  // that were asked for, and where each range ended
  std::vector<std::uint64_t> ends;

 private:
  std::string name_;
  Bytes data_;
  std::deque<Step> steps_;
};

class Recorder final : public Observer {
 public:
  void progress(const Progress& progress) override { last = progress; }
  void notice(const Notice& notice) override { notices.push_back(notice.id + " " + notice.path); }
  bool cancelled() override { return cancel; }

  Progress last{Stage::check, "", 0, 0};
  std::vector<std::string> notices;
  bool cancel = false;
};

}  // namespace xppkg::source
