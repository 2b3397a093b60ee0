#include "block_repair.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace xppkg::client {
namespace {

/// The full package of a release, which both the signed metadata and its manifest describe.
struct Package {
  const manifest::TargetFile* file = nullptr;
  const manifest::Payload* payload = nullptr;
};

Package package_of(const manifest::Manifest& release, const manifest::Catalogue& catalogue) {
  for (const manifest::Release& listed : catalogue.releases) {
    if (!listed.full) continue;
    const manifest::Payload* payload = release.payload(listed.full->path);
    if (payload == nullptr || payload->base || payload->size() != listed.full->size) continue;
    if (!payload->blocks.empty()) return {&*listed.full, payload};
  }
  throw Error(Code::repair_unavailable, {{"version", release.version.text()},
                                         {"cause", "the vendor lists no full package of it"}});
}

std::vector<source::Source*> sources_of(Session& session) {
  std::vector<source::Source*> sources;
  for (const auto& source : session.sources()) sources.push_back(source.get());
  return sources;
}

}  // namespace

BlockRepair::BlockRepair(Session& session, const manifest::Manifest& release,
                         const manifest::Catalogue& catalogue, Observer& observer)
    : session_(session),
      observer_(observer),
      fetcher_(to_download(*package_of(release, catalogue).file,
                           *package_of(release, catalogue).payload),
               sources_of(session), observer),
      blocks_(session.disk(), session.layout().fetched_blocks()),
      package_(release, *package_of(release, catalogue).payload, [this](std::size_t block) {
        return block == 0 ? from_sources(block) : fetched_before(block);
      }) {}

std::uint64_t BlockRepair::size_of_package(const manifest::Manifest& release,
                                           const manifest::Catalogue& catalogue) {
  return package_of(release, catalogue).payload->size();
}

Bytes BlockRepair::from_sources(std::size_t block) {
  try {
    return session_.without_lock(observer_, [&] { return fetcher_.fetch(block); });
  } catch (const Error& error) {
    if (error.code() != Code::notfound_file) throw;
    Error gone(Code::repair_unavailable);
    for (const Fact& fact : error.facts()) gone.with(fact.name, fact.value);
    throw gone;
  }
}

Bytes BlockRepair::fetched_before(std::size_t block) const {
  auto bytes = blocks_.find(block);
  const source::RemoteFile& package = fetcher_.wanted();
  if (bytes && blake2b(*bytes) == package.blocks[block].digest) return std::move(*bytes);
  throw Error(Code::trust_hash, {{"path", package.path}, {"block", std::to_string(block)}});
}

std::uint64_t BlockRepair::bytes_for(const std::set<Blake2b>& contents) const {
  return package_.bytes_for(contents);
}

void BlockRepair::fetch(const std::set<Blake2b>& contents) {
  session_.hold(observer_);
  fetcher_.expect(package_.bytes_for(contents));
  for (const std::size_t block : package_.blocks_for(contents)) {
    if (!blocks_.has(block)) blocks_.add(block, from_sources(block));
  }
}

void BlockRepair::repair(install::Stager& stager, const std::set<Blake2b>& contents) const {
  stager.repair(package_, contents);
}

bool BlockRepair::is_told_by(Code code) {
  constexpr std::array kTelling{
      Code::transport_unreachable, Code::transport_status,   Code::transport_truncated,
      Code::transport_refused,     Code::transport_not_ours, Code::transport_encoding,
      Code::notfound_file,         Code::trust_hash,         Code::corrupt_payload,
      Code::unsupported_format,    Code::limit_exceeded,     Code::repair_unavailable};
  return std::ranges::find(kTelling, code) != kTelling.end();
}

}  // namespace xppkg::client
