#pragma once

#include "session.hpp"

namespace xppkg::client {

/// Puts files into the site's database, each once and whole. What is there already from an upload
/// that was interrupted, or from an earlier release, is read back and compared, not believed.
class Upload {
 public:
  /// All must outlive it.
  Upload(site::SiteDatabase& database, trust::Time now, Observer& observer)
      : database_(database), now_(now), observer_(observer) {}

  /// True if the file is stored whole and is what its digest says.
  bool has(const std::string& path, const Sha256& digest, std::uint64_t size);
  /// Stores a file. `contents` was verified against the digest.
  void put(const std::string& path, const Sha256& digest, const RandomReader& contents);

  [[nodiscard]] const std::vector<site::StoredFile>& files() const { return files_; }
  /// Bytes that were sent.
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

 private:
  void send_from(std::uint64_t part, const std::string& path, const Sha256& digest,
                 const RandomReader& contents);
  bool is_sound(const Sha256& digest, std::uint64_t parts, const RandomReader& contents);
  void check_cancelled();

  site::SiteDatabase& database_;
  trust::Time now_;
  Observer& observer_;
  std::vector<site::StoredFile> files_;
  std::uint64_t sent_ = 0;
};

}  // namespace xppkg::client
