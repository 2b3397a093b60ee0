#pragma once

#include "upload.hpp"

namespace xppkg::client {

/// Everything that the workstations of a site need to come to a release with no other source: the
/// metadata, and for each platform seen there the manifest, the full package, and the deltas from
/// each version that is really installed somewhere.
class SitePayload {
 public:
  /// All must outlive it. `repository` lists the release.
  SitePayload(Session& session, const SavedRepository& repository, Upload& upload,
              Observer& observer);
  ~SitePayload();
  SitePayload(const SitePayload&) = delete;
  SitePayload& operator=(const SitePayload&) = delete;

  /// Puts it into the database. Files that this workstation lacks are requested from the database
  /// first, then from the sources. Throws Error{transport_*, notfound_file, plan_none, trust_*}.
  void put(const Version& version, const std::vector<site::Workstation>& workstations,
           const std::string& released_before);

  /// Bytes of payloads that this object has downloaded.
  [[nodiscard]] std::uint64_t downloaded() const { return downloaded_; }

 private:
  /// Passes on notices that are worth a person's time.
  class QuietObserver final : public Observer {
   public:
    QuietObserver(Observer& observer, std::string database)
        : observer_(observer), database_(std::move(database)) {}

    void progress(const Progress& progress) override { observer_.progress(progress); }
    void notice(const Notice& notice) override;
    bool cancelled() override { return observer_.cancelled(); }

   private:
    Observer& observer_;
    std::string database_;
  };

  /// The versions that a platform's workstations may come from.
  using Versions = std::map<std::string, std::set<std::string>>;

  [[nodiscard]] Versions versions_by_platform(const std::vector<site::Workstation>& workstations,
                                              const std::string& released_before) const;
  [[nodiscard]] std::set<std::string> versions_before(const manifest::Release& release) const;
  void put_metadata();
  void put_older_roots();
  std::optional<Bytes> find_root(const std::string& path, const Bytes& next);
  void put_release(const manifest::Release& release);
  void put_way(const std::string& version, const std::string& platform,
               const manifest::Release& release);
  const manifest::Manifest& put_manifest(const manifest::TargetFile& file, const Blake2b& tree);
  void put_payload(const manifest::TargetFile& file, const manifest::Manifest& manifest);
  void put_bytes(const std::string& path, const Bytes& bytes);

  Session& session_;
  const SavedRepository& repository_;
  Upload& upload_;
  QuietObserver observer_;
  fs::Path folder_;  // of downloads
  bool folder_is_ours_ = false;
  std::map<std::string, manifest::Manifest> manifests_;  // by target path
  std::set<std::string> payloads_;                       // target paths
  std::uint64_t downloaded_ = 0;
};

}  // namespace xppkg::client
