#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/stream.hpp"

namespace xppkg::publish {

/// Bytes of one packed file, in memory up to a limit; beyond it they go on in pieces that overlap.
class PieceSink final : public Sink {
 public:
  using Visit = std::function<bool(const std::string& name, const RandomReader& piece)>;

  PieceSink(std::string name, Visit visit) : name_(std::move(name)), visit_(std::move(visit)) {}
  void write(ByteView bytes) override;
  void finish();
  [[nodiscard]] bool is_ended() const { return is_ended_; }

 private:
  void show();

  std::string name_;
  Visit visit_;
  Bytes bytes_;
  bool is_ended_ = false;
  bool has_more_ = false;  ///< than were shown
};

/// True for the first 512 bytes of a tar archive.
bool is_tar(ByteView start);

/// Takes a tar archive apart while it comes.
class TarStream final : public Sink {
 public:
  explicit TarStream(PieceSink::Visit visit) : visit_(std::move(visit)) {}
  void write(ByteView bytes) override;
  void finish();
  [[nodiscard]] bool is_ended() const { return is_ended_; }

 private:
  void begin_file();
  void end_file();

  PieceSink::Visit visit_;
  Bytes header_;
  std::unique_ptr<PieceSink> file_;
  std::uint64_t left_ = 0;     ///< of the file
  std::uint64_t padding_ = 0;  ///< behind it
  bool is_ended_ = false;
};

}  // namespace xppkg::publish
