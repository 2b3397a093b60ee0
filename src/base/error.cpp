#include "xppkg/error.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace xppkg {
namespace {

constexpr std::array kCodes{
    CodeInfo{Code::usage_invalid, "usage.invalid", 2, false, Category::usage,
             "The command was not understood.", "See --help for the arguments and examples."},
    CodeInfo{Code::usage_not_installation, "usage.not-installation", 2, false, Category::usage,
             "This folder is not set up for updates.", "Run xppkg -C DIR init first."},
    CodeInfo{Code::usage_already_initialised, "usage.already-initialised", 2, false,
             Category::usage, "This folder is already set up for updates.",
             "Nothing was changed. Use another folder, or continue with check or install."},
    CodeInfo{Code::usage_already_installed, "usage.already-installed", 2, false, Category::usage,
             "Another version is installed in this folder already.",
             "Use xppkg -C DIR apply --to VERSION to change it."},
    CodeInfo{Code::usage_nothing_installed, "usage.nothing-installed", 2, false, Category::usage,
             "Nothing is installed in this folder yet.", "Run xppkg -C DIR install first."},
    CodeInfo{Code::usage_passphrase, "usage.passphrase", 2, false, Category::usage,
             "The passphrase of the keys is missing or wrong.",
             "Give it at the prompt, with --passphrase-file, or in XPPKG_PASSPHRASE."},
    CodeInfo{Code::io_failed, "io.failed", 1, true, Category::system,
             "A file or folder could not be read or written.",
             "See the cause. The installed version is unchanged, or xppkg -C DIR recover completes "
             "the update."},
    CodeInfo{Code::space_insufficient, "space.insufficient", 7, true, Category::system,
             "There is not enough free disk space.", "Free some space and run the command again."},
    CodeInfo{Code::rights_denied, "rights.denied", 6, false, Category::rights,
             "You are not allowed to write to this folder.",
             "Nothing was changed. Run the command as a user who may write to the folder, or "
             "update with xppkg -C DIR apply --elevate."},
    CodeInfo{Code::rights_refused, "rights.refused", 6, false, Category::rights,
             "The other user's rights were not granted.",
             "Nothing was changed. Check the name and the password, and try again."},
    CodeInfo{Code::rights_unsafe_folder, "rights.unsafe-folder", 6, false, Category::rights,
             "Other users could change files that this run relies on.",
             "Nothing was read or changed. Remove the write permission of all other users there, "
             "or run the command as the owner of the folder. If those users may decide what runs "
             "with your rights, trust the folder with xppkg trust DIR, or as administrator in "
             "/etc/xppkg/trusted.d; a step with other rights (--elevate) ignores both."},
    CodeInfo{Code::locked_other_run, "locked.other-run", 14, true, Category::busy,
             "Another run is working on this folder.", "Wait until it ends and try again."},
    CodeInfo{Code::use_busy, "use.busy", 8, true, Category::busy,
             "A running program is using a file.",
             "The installed version is unchanged. Close the program and run the command again."},
    CodeInfo{Code::disk_unsuitable, "disk.unsuitable", 1, false, Category::system,
             "The disk cannot hold this release.",
             "Nothing was changed. See the path and the reason, and use another folder or disk."},
    CodeInfo{Code::process_limit, "process.limit", 1, true, Category::system,
             "The system does not give this process enough memory, threads or open files.",
             "Close other programs or raise the limit, and run the command again."},
    CodeInfo{Code::process_ended, "process.ended", 1, true, Category::system,
             "The run with other rights ended without a result.",
             "Run xppkg -C DIR recover with those rights, then the command again."},
    CodeInfo{Code::output_failed, "output.failed", 1, true, Category::system,
             "The output could not be written.",
             "The command itself is done. See the cause, and look at the result with a command "
             "that only shows it."},
    CodeInfo{Code::transport_unreachable, "transport.unreachable", 4, true, Category::source,
             "No source could be reached.",
             "Check the network, the proxy and the address of the source."},
    CodeInfo{Code::transport_status, "transport.status", 4, true, Category::source,
             "The source answered with an error.",
             "Check the address of the source, or try again later."},
    CodeInfo{Code::transport_truncated, "transport.truncated", 4, true, Category::source,
             "The download ended before it was complete.",
             "Run the command again; it continues where it stopped."},
    CodeInfo{Code::transport_refused, "transport.refused", 4, false, Category::source,
             "The source asked for something unsafe.",
             "Check the address of the source, and inform the vendor."},
    CodeInfo{Code::transport_not_ours, "transport.not-ours", 4, false, Category::source,
             "The answer is a web page, not a file of the repository.",
             "Open the address of the source in a browser: the network or its proxy may ask you to "
             "log in, or block it. If it does not, check the address."},
    CodeInfo{Code::transport_encoding, "transport.encoding", 4, false, Category::source,
             "The server compresses the files in a way that xppkg does not support.",
             "Turn compression off for the repository at the web server, or at the proxy before "
             "it."},
    CodeInfo{Code::notfound_package, "notfound.package", 1, false, Category::release,
             "The source has no such package.", "Check the name of the package."},
    CodeInfo{Code::notfound_version, "notfound.version", 1, false, Category::release,
             "There is no such release for this package, channel and platform.",
             "Check the version; xppkg check and xppkg-release show list what there is."},
    CodeInfo{Code::notfound_file, "notfound.file", 4, false, Category::source,
             "The source lacks a file that it should have.",
             "Inform the vendor: the repository is incomplete."},
    CodeInfo{Code::trust_malformed, "trust.malformed", 5, false, Category::trust,
             "Signed data is malformed.",
             "It was not used. Try again; if the error persists, inform the vendor."},
    CodeInfo{Code::trust_signature, "trust.signature", 5, false, Category::trust,
             "Signed data does not have enough valid signatures.",
             "It was not used. Try again; if the error persists, inform the vendor."},
    CodeInfo{Code::trust_expired, "trust.expired", 5, false, Category::trust,
             "Signed data has expired.",
             "Check the clock of this computer; if it is right, inform the vendor."},
    CodeInfo{Code::trust_clock, "trust.clock", 5, false, Category::trust,
             "The clock is set to before a time that the vendor has signed.",
             "Correct the clock of the computer that gave this time, and try again."},
    CodeInfo{Code::trust_rollback, "trust.rollback", 5, false, Category::trust,
             "The source offers older signed data than this computer has already seen.",
             "It was not used. Try again; if the error persists, inform the vendor."},
    CodeInfo{Code::trust_hash, "trust.hash", 5, false, Category::trust,
             "A file does not match its signed length and hash.",
             "It was not used. Try again; if the error persists, inform the vendor."},
    CodeInfo{Code::trust_key, "trust.key", 5, false, Category::trust, "A key cannot be used.",
             "Check which keys are available; see manifests/TRUST.md."},
    CodeInfo{Code::corrupt_payload, "corrupt.payload", 5, false, Category::data,
             "A package or delta is malformed.", "Nothing was changed. Inform the vendor."},
    CodeInfo{
        Code::corrupt_state, "corrupt.state", 1, false, Category::data,
        "xppkg's own data in this folder is damaged.",
        "Restore the folder .xppkg from a backup, or move it away and run init and install again."},
    CodeInfo{Code::corrupt_published, "corrupt.published", 1, false, Category::data,
             "The record of the last publication, which lies beside the keys, is damaged.",
             "Nothing was signed. Restore the folder from a backup, or see manifests/TRUST.md, "
             "section 5."},
    CodeInfo{Code::unsupported_format, "unsupported.format", 1, false, Category::data,
             "This data was made for a newer xppkg.", "Update xppkg."},
    CodeInfo{Code::unsupported_patch, "unsupported.patch", 1, false, Category::data,
             "This is a patch of another program.",
             "Nothing was written. Apply it with the program that made it."},
    CodeInfo{Code::mismatch_base, "mismatch.base", 1, false, Category::data,
             "The old files are not those that the delta was made from.",
             "Run the update again: it takes the full package. To a patch, give the files that it "
             "was made from."},
    CodeInfo{Code::plan_none, "plan.none", 1, false, Category::release,
             "The wanted release cannot be reached from the installed one.",
             "Inform the vendor: the repository lacks the full package."},
    CodeInfo{Code::damage_found, "damage.found", 3, false, Category::data,
             "Installed files are damaged.", "Run xppkg -C DIR repair."},
    CodeInfo{Code::repair_unavailable, "repair.unavailable", 4, false, Category::source,
             "The sources no longer have the package of the installed release.",
             "Nothing was changed. Run xppkg -C DIR apply --newest."},
    CodeInfo{Code::tree_unsafe_name, "tree.unsafe-name", 1, false, Category::release,
             "A name in the tree is not safe on every platform.", "Rename the file."},
    CodeInfo{Code::tree_unsafe_entry, "tree.unsafe-entry", 1, false, Category::release,
             "The tree holds something that cannot be released.",
             "Remove it from the tree, or replace it with a plain file."},
    CodeInfo{Code::tree_conflict, "tree.conflict", 1, false, Category::release,
             "Your own files are in the place of files or folders of the release.",
             "Nothing was changed. Move them away and run the command again."},
    CodeInfo{Code::tree_secret, "tree.secret", 1, false, Category::release,
             "A secret would be published to everybody.",
             "Nothing was published. Remove the file from the tree. If it is no secret, such as a "
             "key for tests, name it with --allow-key."},
    CodeInfo{Code::tree_repository, "tree.repository", 1, false, Category::release,
             "The tree overlaps with the repository or its keys.",
             "Nothing was published. Give a folder that holds the files of the release only."},
    CodeInfo{Code::tree_empty, "tree.empty", 1, false, Category::release,
             "The tree contains no files.",
             "Nothing was published. Check the path of the tree, and whether the build is done."},
    CodeInfo{Code::output_exists, "output.exists", 1, false, Category::usage,
             "The output exists already.",
             "Nothing was changed. Give another name; --force replaces a file."},
    CodeInfo{Code::release_exists, "release.exists", 1, false, Category::release,
             "This version is already published with other contents.",
             "Use a new version; published releases never change."},
    CodeInfo{Code::release_not_proved, "release.not-proved", 1, false, Category::release,
             "A new delta did not produce the release.",
             "Nothing was published. Run the command again; if the error persists, report it."},
    CodeInfo{Code::repository_exists, "repository.exists", 1, false, Category::release,
             "The new repository or the folder of its keys exists already.",
             "Choose an empty or new folder."},
    CodeInfo{Code::repository_invalid, "repository.invalid", 1, false, Category::release,
             "This folder is not a valid repository.",
             "Run xppkg-release verify REPO, or init to create a new one."},
    CodeInfo{Code::database_unreachable, "database.unreachable", 11, true,
             Category::database_unavailable, "The site's database cannot be reached.",
             "The installed version is unchanged. Check the database and its address."},
    CodeInfo{Code::database_newer_schema, "database.newer-schema", 1, false, Category::database,
             "The site's database was written by a newer xppkg.", "Update xppkg."},
    CodeInfo{Code::database_older_schema, "database.older-schema", 1, false, Category::database,
             "The site's database has tables of an older xppkg.",
             "Run xppkg -C DIR site migrate as a user who may change its tables."},
    CodeInfo{Code::database_uninitialised, "database.uninitialised", 11, false,
             Category::database_unavailable, "The site's database has no tables of xppkg.",
             "Check its address; if it is right, run xppkg -C DIR site init once."},
    CodeInfo{Code::database_rights, "database.rights", 6, false, Category::database,
             "The database user is not allowed to do this.",
             "Nothing was changed. Ask the site's administrator; see manifests/SITE.md for roles."},
    CodeInfo{Code::database_login, "database.login", 11, false, Category::database_unavailable,
             "The database server refuses the user, the password or the database.",
             "The installed version is unchanged. Check the address, and the server's rules for "
             "who may connect."},
    CodeInfo{Code::database_tls, "database.tls", 11, false, Category::database_unavailable,
             "The connection to the database server cannot be secured as its address requires.",
             "The installed version is unchanged. Check the certificates, the server's TLS and the "
             "address."},
    CodeInfo{Code::database_busy, "database.busy", 11, true, Category::database_unavailable,
             "The database server is overloaded, starting or stopping.",
             "The installed version is unchanged. Try again later; if the error persists, check "
             "the server."},
    CodeInfo{Code::database_locked, "database.locked", 11, true, Category::database_unavailable,
             "Another connection keeps the tables of the site's database locked.",
             "Nothing was changed. Try again; if the error persists, end the connection that holds "
             "the lock."},
    CodeInfo{Code::database_full, "database.full", 11, true, Category::database_unavailable,
             "The database has no space left.",
             "Nothing was changed. Free some space for the database and run the command again."},
    CodeInfo{Code::database_damaged, "database.damaged", 11, false, Category::database_unavailable,
             "The site's database is damaged or holds invalid values.",
             "The installed version is unchanged. Ask the site's administrator; see the cause."},
    CodeInfo{Code::database_read_only, "database.read-only", 11, false,
             Category::database_unavailable, "The database server is read-only.",
             "Nothing was changed. Give the address of the primary server, not of a replica."},
    CodeInfo{Code::database_encoding, "database.encoding", 11, false,
             Category::database_unavailable,
             "The database's encoding cannot store a character that is to be written.",
             "Nothing was changed. Use other characters, or a database whose encoding is UTF-8."},
    CodeInfo{Code::database_packet, "database.packet", 11, false, Category::database_unavailable,
             "The database server does not accept statements as large as needed.",
             "Set the server's max_allowed_packet to at least 16 MiB and run the command again."},
    CodeInfo{Code::database_engine, "database.engine", 11, false, Category::database_unavailable,
             "The database server lacks the storage engine that xppkg needs.",
             "Nothing was changed. The tables need InnoDB; see the cause."},
    CodeInfo{Code::database_keys, "database.keys", 11, false, Category::database_unavailable,
             "The database server refuses the keys of the tables.",
             "Nothing was changed. See the cause; on MariaDB, innodb_page_size has to be 8 KiB or "
             "more."},
    CodeInfo{Code::database_search_path, "database.search-path", 11, false,
             Category::database_unavailable,
             "The tables are in a schema outside of the database user's search path.",
             "Add schema=NAME to the options of the address, or set the user's search_path."},
    CodeInfo{Code::database_session, "database.session", 11, false, Category::database_unavailable,
             "The database server does not accept the settings that a connection needs.",
             "The installed version is unchanged. See the cause, and check what is between here "
             "and the server, such as a connection pooler."},
    CodeInfo{Code::database_unfinished, "database.unfinished", 11, false,
             Category::database_unavailable,
             "The database file holds unfinished changes that only a user with write permission "
             "can complete.",
             "The installed version is unchanged. Run xppkg -C DIR site check as a user who may "
             "write to the file."},
    CodeInfo{Code::database_refused, "database.refused", 11, false, Category::database_unavailable,
             "The database server answered with an error.",
             "The installed version is unchanged. See the cause, and the server's log."},
    CodeInfo{Code::decision_signature, "decision.signature", 5, false, Category::decision,
             "The site's decision has no valid signature of a trusted site key.",
             "The installed version is unchanged. Ask who releases at this site; see xppkg -C DIR "
             "site key."},
    CodeInfo{
        Code::decision_older, "decision.older", 5, false, Category::decision,
        "The site's database offers an older decision than this workstation has followed before.",
        "The installed version is unchanged. If the database was restored from a backup, release "
        "again."},
    CodeInfo{Code::decision_other_site, "decision.other-site", 5, false, Category::decision,
             "The database belongs to another site than the one that is trusted here.",
             "The installed version is unchanged. Check its address; see xppkg -C DIR site check."},
    CodeInfo{
        Code::policy_held, "policy.held", 12, false, Category::policy,
        "The site's releases are on hold.",
        "The installed version is unchanged. xppkg -C DIR unhold lets workstations follow again."},
    CodeInfo{Code::policy_outdated, "policy.outdated", 9, false, Category::policy,
             "Outdated software: another version was released for this site.",
             "Run xppkg -C DIR apply."},
    CodeInfo{Code::policy_below_floor, "policy.below-floor", 12, false, Category::policy,
             "This release is below the minimum version that the vendor has set.",
             "The installed version is unchanged. Choose a newer release; xppkg -C DIR check shows "
             "them."},
    CodeInfo{Code::policy_rolled_back, "policy.rolled-back", 12, false, Category::policy,
             "The required release was rolled back here.",
             "xppkg -C DIR apply --retry tries it again; otherwise wait for another decision."},
    CodeInfo{Code::rollback_unavailable, "rollback.unavailable", 1, false, Category::data,
             "No earlier version is kept here to go back to.",
             "xppkg -C DIR apply --to VERSION downloads one."},
    CodeInfo{Code::limit_exceeded, "limit.exceeded", 5, false, Category::data,
             "Data is larger than allowed.", "It was not used. Inform the vendor."},
    CodeInfo{Code::cancelled, "cancelled", 1, true, Category::cancelled, "The run was cancelled.",
             "Run the command again; what was downloaded is kept."},
    CodeInfo{Code::internal, "internal", 1, false, Category::internal, "Internal error in xppkg.",
             "Please report it with the text above."},
};

constexpr bool is_numbered_once() {
  for (auto row = kCodes.begin(); row != kCodes.end(); ++row) {
    if (std::find_if(std::next(row), kCodes.end(), [&](const CodeInfo& other) {
          return other.code == row->code || other.id == row->id;
        }) != kCodes.end()) {
      return false;
    }
  }
  return true;
}
static_assert(is_numbered_once(), "each number and each id is one code's");

}  // namespace

std::span<const CodeInfo> all_codes() {
  return kCodes;
}

const CodeInfo& info(Code code) {
  // A number without a row comes from a program that was built against a newer library.
  const auto row = std::ranges::find(kCodes, code, &CodeInfo::code);
  return row == kCodes.end() ? kCodes.back() : *row;
}

Error::Error(Code code, std::vector<Fact> facts) : code_(code), facts_(std::move(facts)) {
  compose();
}

Error& Error::with(std::string name, std::string value) {
  facts_.push_back({std::move(name), std::move(value)});
  compose();
  return *this;
}

std::string_view Error::fact(std::string_view name) const noexcept {
  for (const Fact& fact : facts_) {
    if (fact.name == name) return fact.value;
  }
  return {};
}

void Error::compose() {
  const CodeInfo& row = info(code_);
  what_.assign(row.id).append(": ").append(row.text);
  const char* separator = " (";
  for (const Fact& fact : facts_) {
    what_.append(separator).append(fact.name).append(": ").append(fact.value);
    separator = ", ";
  }
  if (!facts_.empty()) what_ += ')';
}

}  // namespace xppkg
