#include "metadata.hpp"

#include "fs/files.hpp"
#include "metadata_folder.hpp"
#include "saved_repository.hpp"

namespace xppkg::client {
namespace {

using trust::Limits;
using trust::TrustedSet;

constexpr const char* kMetadata = "metadata/";

}  // namespace

MetadataStore::MetadataStore(fs::FileSystem& disk, const install::Layout& layout,
                             const Config& config)
    : disk_(disk), layout_(layout), config_(config) {}

void MetadataStore::begin(ByteView root, trust::Time now) {
  const TrustedSet checked(root, now);
  fs::make_directories(disk_, layout_.trust());
  MetadataFolder(disk_, layout_.trust(), /*may_save=*/true).save("root", root);
}

Trusted MetadataStore::refresh(const std::vector<std::unique_ptr<source::Source>>& sources,
                               const Times& times, bool may_save, Observer& observer) {
  std::optional<Error> last;
  const auto order = source::in_order(sources);
  for (source::Source* source : order) {
    try {
      return refresh_from(*source, times, may_save, observer);
    } catch (const Error& error) {
      if (error.code() == Code::cancelled || error.code() == Code::corrupt_state) throw;
      last = error;
      if (last->fact("source").empty()) last->with("source", source->address());
      if (source != order.back()) {
        observer.notice({"source.skipped", source->address(), error.what()});
      }
    }
  }
  if (!last) throw Error(Code::transport_unreachable, {{"reason", "no source is configured"}});
  throw *last;
}

Trusted MetadataStore::refresh_as_of(const std::vector<std::unique_ptr<source::Source>>& sources,
                                     const Times& times, bool may_save, Observer& observer) {
  std::optional<Error> refused;
  try {
    return refresh_from(*sources.at(0), times, may_save, observer);
  } catch (const Error& error) {
    if (error.code() == Code::cancelled || error.code() == Code::corrupt_state) throw;
    refused = error;
  }
  try {
    if (refused->code() != Code::trust_rollback) {
      return refresh(sources, times, may_save, observer);
    }
  } catch (const Error& error) {
    if (error.code() == Code::cancelled || error.code() == Code::corrupt_state) throw;
    refused = error;
  }
  try {
    return load_saved_repository(disk_, layout_, config_, times).trusted;
  } catch (const Error&) {
    throw Error(*refused);
  }
}

Trusted MetadataStore::refresh_from(source::Source& source, const Times& times, bool may_save,
                                    Observer& observer) {
  MetadataFolder folder(disk_, layout_.trust(), may_save);
  const auto root = folder.load("root");
  if (!root) throw Error(Code::corrupt_state, {{"file", "trust/root.json"}, {"reason", "missing"}});
  const TrustedTime trusted_time = load_trusted_time(disk_, layout_);
  MetadataAtSource metadata(source, kMetadata, observer);
  trust::Workflow workflow(*root, {times.judged_at, trusted_time.issued},
                           trust::Schemes::production(), metadata, folder);
  workflow.refresh();
  manifest::Catalogue catalogue =
      manifest::read_catalogue(config_.package, workflow.delegated(config_.package));
  Trusted trusted{std::move(workflow).take(), std::move(catalogue), source.address()};
  if (may_save) raise_trusted_time(trusted_time, trusted.set, times.clock);
  return trusted;
}

void MetadataStore::raise_trusted_time(const TrustedTime& trusted_time, const TrustedSet& set,
                                       trust::Time now) {
  const trust::Time issued =
      trust::raised_trusted_time(trusted_time.issued, set.timestamp()->issued, now);
  if (issued > trusted_time.issued) save_trusted_time(disk_, layout_, {issued});
}

trust::ProofFiles MetadataStore::newest_proof() const {
  MetadataFolder folder(disk_, layout_.trust(), /*may_save=*/false);
  const auto need = [&](const std::string& role) {
    auto bytes = folder.load(role);
    if (!bytes) {
      throw Error(Code::corrupt_state,
                  {{"file", "trust/" + role + ".json"}, {"reason", "missing"}});
    }
    return std::move(*bytes);
  };
  return {need("root"), need("targets"), need(config_.package)};
}

}  // namespace xppkg::client
