#pragma once

#include "session.hpp"

namespace xppkg::client {

/// Puts files into the site's database, each once and whole. Parts that are there already from an
/// interrupted upload, or from an earlier release, are read back and compared, not believed.
class Upload {
 public:
  /// All must outlive it.
  Upload(site::SiteDatabase& database, trust::Time now, Observer& observer)
      : database_(database), now_(now), observer_(observer) {}

  /// True if the file is stored whole and is what its digest says.
  bool has(const std::string& path, const Sha256& digest, std::uint64_t size);
  /// Stores a file. Throws Error{trust_hash} for contents that are not the digest's.
  void put(const std::string& path, const Sha256& digest, const RandomReader& contents);

  [[nodiscard]] const std::vector<site::StoredFile>& files() const { return files_; }
  /// Bytes that were sent.
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

 private:
  bool send(const std::string& path, const Sha256& digest, const RandomReader& contents,
            std::uint64_t stored);
  void check_cancelled();

  site::SiteDatabase& database_;
  trust::Time now_;
  Observer& observer_;
  std::vector<site::StoredFile> files_;
  std::uint64_t sent_ = 0;
};

}  // namespace xppkg::client
