#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "config.hpp"
#include "manifest/catalogue.hpp"
#include "source/source.hpp"
#include "trust/offline_proof.hpp"
#include "trust/trusted_set.hpp"
#include "trusted_time.hpp"

namespace xppkg::client {

/// Trusted metadata together with what the package's role offers.
struct Trusted {
  trust::TrustedSet set;
  manifest::Catalogue catalogue;
  std::string source;  ///< that answered
};

/// The times of a run.
struct Times {
  Times(trust::Time now) : clock(now), judged_at(now) {}  // NOLINT: an online check
  /// For following a site's decision: metadata that had not expired when the decision was made is
  /// accepted from all who follow it. The clock here counts where the decision lies in the future,
  /// because of a wrong clock at the pilot.
  static Times as_of(trust::Time decided, trust::Time now) {
    Times times(now);
    times.judged_at = std::min(decided, now);
    return times;
  }

  trust::Time clock;
  trust::Time judged_at;  ///< never before the trusted time, whatever it says
};

/// Fetches metadata by TUF's client workflow and keeps it in DIR/.xppkg/trust, each file as it was
/// received, after it was verified.
class MetadataStore {
 public:
  MetadataStore(fs::FileSystem& disk, const install::Layout& layout, const Config& config);

  /// Starts the store with the root that the vendor shipped. Throws Error{trust_*}.
  void begin(ByteView root, trust::Time now);

  /// The first source that gives acceptable metadata wins; the others are told as notices
  /// "source.skipped". When none is left, throws the error of the last.
  /// `may_save` is false for users who may not write the folder.
  Trusted refresh(const std::vector<std::unique_ptr<source::Source>>& sources, const Times& times,
                  bool may_save, Observer& observer);

  /// The same for a site's decision. Metadata saved here already is good enough where the first
  /// source, the site's database, has older metadata, or no source has any.
  Trusted refresh_as_of(const std::vector<std::unique_ptr<source::Source>>& sources,
                        const Times& times, bool may_save, Observer& observer);

  /// The metadata saved last. Throws Error{corrupt_state}.
  [[nodiscard]] trust::ProofFiles newest_proof() const;

 private:
  Trusted refresh_from(source::Source& source, const Times& times, bool may_save,
                       Observer& observer);
  void raise_trusted_time(const TrustedTime& trusted_time, const trust::TrustedSet& set,
                          trust::Time now);

  fs::FileSystem& disk_;
  const install::Layout& layout_;
  const Config& config_;
};

}  // namespace xppkg::client
