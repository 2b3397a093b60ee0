#include "xppkg/error.hpp"

#include <array>
#include <utility>

namespace xppkg {
namespace {

constexpr std::array kCodes{
    CodeInfo{Code::usage_invalid, "usage.invalid", 2, false, "The command was not understood.",
             "See --help for the arguments and examples."},
    CodeInfo{Code::usage_not_installation, "usage.not-installation", 2, false,
             "This folder is not set up for updates.", "Run xppkg -C DIR init first."},
    CodeInfo{Code::usage_already_initialised, "usage.already-initialised", 2, false,
             "This folder is already set up for updates.",
             "Nothing was changed. Use another folder, or go on with check or install."},
    CodeInfo{Code::usage_already_installed, "usage.already-installed", 2, false,
             "Another version is installed in this folder already.",
             "Use xppkg -C DIR apply --to VERSION to change it."},
    CodeInfo{Code::usage_nothing_installed, "usage.nothing-installed", 2, false,
             "Nothing is installed in this folder yet.", "Run xppkg -C DIR install first."},
    CodeInfo{Code::usage_passphrase, "usage.passphrase", 2, false,
             "The passphrase of the keys is missing or wrong.",
             "Give it at the prompt, with --passphrase-file, or in XPPKG_PASSPHRASE."},
    CodeInfo{Code::io_failed, "io.failed", 1, true, "The disk refused an operation.",
             "See the cause; the installed version is unchanged or is completed by recover."},
    CodeInfo{Code::space_insufficient, "space.insufficient", 7, true,
             "There is not enough free disk space.", "Free some space and run the command again."},
    CodeInfo{Code::rights_denied, "rights.denied", 6, false,
             "You have no right to write this folder.",
             "Nothing was changed. Run the command as a user who may write the folder, or update "
             "with xppkg apply --elevate."},
    CodeInfo{Code::rights_refused, "rights.refused", 6, false,
             "The rights of the other user were not given.",
             "Nothing was changed. Check the name and the password, and try again."},
    CodeInfo{Code::rights_unsafe_folder, "rights.unsafe-folder", 6, false,
             "Others could have written what this run would rely on.",
             "Nothing was read or changed. Take the right to write there from all others, or run "
             "the command as the owner of the folder. If those others may decide what runs with "
             "your rights, name it with xppkg trust DIR, or as administrator in "
             "/etc/xppkg/trusted.d; a step with other rights (--elevate) honours neither."},
    CodeInfo{Code::locked_other_run, "locked.other-run", 14, true,
             "Another run is working on this folder.", "Wait until it ends and try again."},
    CodeInfo{Code::in_use, "use.busy", 8, true, "A file is held by a running program.",
             "The installed version was kept. Close the program and run the command again."},
    CodeInfo{Code::disk_unsuitable, "disk.unsuitable", 1, false,
             "The disk cannot hold this release.",
             "Nothing was changed. See the path and the reason, and use another folder or disk."},
    CodeInfo{Code::process_limit, "process.limit", 1, true,
             "The system gives this process too little memory, or too few threads or open files.",
             "Close other programs or raise the limit, and run the command again."},
    CodeInfo{Code::process_ended, "process.ended", 1, true,
             "The run with other rights ended without a result.",
             "Run xppkg -C DIR recover with these rights, and the command again."},
    CodeInfo{Code::output_failed, "output.failed", 1, true, "The output could not be written.",
             "What the command does is done. See the cause, and run a command that only looks."},
    CodeInfo{Code::transport_unreachable, "transport.unreachable", 4, true,
             "No source of releases could be reached.",
             "Check the network, the proxy and the address of the source."},
    CodeInfo{Code::transport_status, "transport.status", 4, true,
             "The source answered with an error.",
             "Check the address of the source, or try again later."},
    CodeInfo{Code::transport_truncated, "transport.truncated", 4, true,
             "The download ended before it was complete.",
             "Run the command again; it goes on where it stopped."},
    CodeInfo{Code::transport_refused, "transport.refused", 4, false,
             "The source asked for something unsafe.",
             "Check the address of the source; tell the vendor."},
    CodeInfo{Code::transport_not_ours, "transport.not-ours", 4, false,
             "The answer is a web page, not a file of the repository.",
             "Open the address of the source in a browser: the network or its proxy may ask you to "
             "log in, or block it. If it does not, check the address."},
    CodeInfo{Code::transport_encoding, "transport.encoding", 4, false,
             "The files come compressed in a way that cannot be undone.",
             "Turn compression off for the repository at the web server, or at the proxy before "
             "it."},
    CodeInfo{Code::not_found_package, "notfound.package", 1, false,
             "The source has no such package.", "Check the name of the package."},
    CodeInfo{Code::not_found_version, "notfound.version", 1, false,
             "There is no such release for this package, channel and platform.",
             "Check the version; xppkg check and xppkg-release show tell what there is."},
    CodeInfo{Code::not_found_file, "notfound.file", 4, false,
             "The source lacks a file that it should have.",
             "Tell the vendor; the repository is incomplete."},
    CodeInfo{Code::trust_malformed, "trust.malformed", 5, false,
             "Signed data is not in its strict form.",
             "Nothing of it was used. Try again; if it stays, tell the vendor."},
    CodeInfo{Code::trust_signature, "trust.signature", 5, false,
             "Signed data lacks enough valid signatures.",
             "Nothing of it was used. Try again; if it stays, tell the vendor."},
    CodeInfo{Code::trust_expired, "trust.expired", 5, false, "Signed data has expired.",
             "Check the clock of this computer; if it is right, tell the vendor."},
    CodeInfo{Code::trust_clock, "trust.clock", 5, false,
             "The clock stands before a time that the vendor has signed.",
             "Set the clock of the computer that stated this time and try again."},
    CodeInfo{Code::trust_rollback, "trust.rollback", 5, false,
             "The source offers older signed data than was seen before.",
             "Nothing of it was used. Try again; if it stays, tell the vendor."},
    CodeInfo{Code::trust_hash, "trust.hash", 5, false,
             "A file does not match its signed length and hash.",
             "Nothing of it was used. Try again; if it stays, tell the vendor."},
    CodeInfo{Code::trust_key, "trust.key", 5, false, "A key is not usable.",
             "Check which keys are at hand; see manifests/TRUST.md."},
    CodeInfo{Code::corrupt_payload, "corrupt.payload", 5, false,
             "A package or delta is not in its documented form.",
             "Nothing was changed. Tell the vendor."},
    CodeInfo{Code::corrupt_state, "corrupt.state", 1, false,
             "The updater's own state in this folder is damaged.",
             "Restore the folder .xppkg, or move it away and run init and install again."},
    CodeInfo{Code::corrupt_published, "corrupt.published", 1, false,
             "What the keys remember of the last publication is damaged.",
             "Nothing was signed. Bring the folder back from a backup, or see manifests/TRUST.md, "
             "section 5."},
    CodeInfo{Code::unsupported_format, "unsupported.format", 1, false,
             "This data was made for a newer xppkg.", "Update xppkg."},
    CodeInfo{Code::unsupported_patch, "unsupported.patch", 1, false,
             "This is a patch of another program.",
             "Nothing was made. Apply it with the program that made it."},
    CodeInfo{Code::mismatch_base, "mismatch.base", 1, false,
             "The old files are not what the delta needs.",
             "Run an update again: it takes the full package. Give a patch what it was made from."},
    CodeInfo{Code::no_chain, "plan.none", 1, false, "No way leads to the wanted release.",
             "Tell the vendor; the repository lacks the full package."},
    CodeInfo{Code::damage_found, "damage.found", 3, false, "Installed files are damaged.",
             "Run xppkg -C DIR repair."},
    CodeInfo{Code::repair_unavailable, "repair.unavailable", 4, false,
             "The sources have the package of the installed release no more.",
             "Nothing was changed. Run xppkg -C DIR apply --newest."},
    CodeInfo{Code::tree_unsafe_name, "tree.unsafe-name", 1, false,
             "A name in the tree is not safe on every platform.", "Rename the file."},
    CodeInfo{Code::tree_unsafe_entry, "tree.unsafe-entry", 1, false,
             "The tree holds something that cannot be released.",
             "Take it out of the tree, or replace it by a plain file."},
    CodeInfo{Code::tree_conflict, "tree.conflict", 1, false,
             "Your own files are where the release needs another kind of entry.",
             "Nothing was changed. Move them away and run the command again."},
    CodeInfo{Code::tree_secret, "tree.secret", 1, false,
             "A secret would be published to everybody.",
             "Nothing was published. Take the file out of the tree. If it is no secret, such as a "
             "key for tests, name it with --allow-key."},
    CodeInfo{Code::tree_repository, "tree.repository", 1, false,
             "The tree does not lie apart from the repository and its keys.",
             "Nothing was published. Give a folder that holds the files of the release only."},
    CodeInfo{Code::tree_empty, "tree.empty", 1, false, "There is no file in the tree.",
             "Nothing was published. Check the path of the tree, and whether the build is done."},
    CodeInfo{Code::output_exists, "output.exists", 1, false,
             "There is something at the place of the output already.",
             "Nothing was changed. Give another name; --force replaces a file."},
    CodeInfo{Code::release_exists, "release.exists", 1, false,
             "This version is already published with other contents.",
             "Use a new version; published releases never change."},
    CodeInfo{Code::release_not_proved, "release.not-proved", 1, false,
             "A new delta did not rebuild the release.",
             "Nothing was published. Run the command again; report the case if it stays."},
    CodeInfo{Code::repository_exists, "repository.exists", 1, false,
             "There is something at the place of the new repository or its keys.",
             "Choose an empty or new folder."},
    CodeInfo{Code::repository_invalid, "repository.invalid", 1, false,
             "This folder is not a sound repository.",
             "Run xppkg-release verify REPO, or init to make a new one."},
    CodeInfo{Code::database_unreachable, "database.unreachable", 11, true,
             "The site's database cannot be reached.",
             "The installed version was kept. Check the database and its address."},
    CodeInfo{Code::database_newer, "database.newer-schema", 1, false,
             "The site's database was written by a newer xppkg.", "Update xppkg."},
    CodeInfo{Code::database_older, "database.older-schema", 1, false,
             "The site's database has tables of an older xppkg.",
             "Run xppkg -C DIR site migrate as somebody who may change its tables."},
    CodeInfo{Code::database_uninitialised, "database.uninitialised", 11, false,
             "The site's database has no tables of xppkg.",
             "Check its address; if it is right, run xppkg -C DIR site init once."},
    CodeInfo{Code::database_rights, "database.rights", 6, false,
             "The database's user may not do this.",
             "Nothing was changed. Ask the site's administrator; see manifests/SITE.md for roles."},
    CodeInfo{Code::database_login, "database.login", 11, false,
             "The database server refuses the user, the password or the database.",
             "The installed version was kept. Check the address, and the server's rules for who "
             "may connect."},
    CodeInfo{Code::database_tls, "database.tls", 11, false,
             "The connection to the database server cannot be secured as its address demands.",
             "The installed version was kept. Check the certificates, the server's TLS and the "
             "address."},
    CodeInfo{Code::database_busy, "database.busy", 11, true,
             "The database server has too much to do, or is starting or stopping.",
             "The installed version was kept. Try again later; if it stays, look at the server."},
    CodeInfo{
        Code::database_locked, "database.locked", 11, true,
        "Somebody keeps the tables of the site's database locked.",
        "Nothing was changed. Try again; if it stays, end the connection that holds the lock."},
    CodeInfo{Code::database_full, "database.full", 11, true, "The database has no space left.",
             "Nothing was changed. Make space for the database and run the command again."},
    CodeInfo{Code::database_damaged, "database.damaged", 11, false,
             "The site's database is damaged or holds nonsense.",
             "The installed version was kept. Ask the site's administrator; see the cause."},
    CodeInfo{Code::database_read_only, "database.read-only", 11, false,
             "The database server takes no changes.",
             "Nothing was changed. Give the address of the server that may be written, not of its "
             "copy."},
    CodeInfo{Code::database_encoding, "database.encoding", 11, false,
             "The database's encoding lacks a character of what is to be written.",
             "Nothing was changed. Use other characters, or a database whose encoding is UTF-8."},
    CodeInfo{Code::database_packet, "database.packet", 11, false,
             "The database server takes no statement of the size that is needed.",
             "Set the server's max_allowed_packet to at least 16 MiB and run the command again."},
    CodeInfo{Code::database_engine, "database.engine", 11, false,
             "The database server lacks the engine for tables that xppkg needs.",
             "Nothing was decided. The tables need InnoDB; see the cause."},
    CodeInfo{Code::database_keys, "database.keys", 11, false,
             "The database server refuses the keys of the tables.",
             "Nothing was changed. See the cause; on MariaDB, innodb_page_size has to be 8 KiB or "
             "more."},
    CodeInfo{Code::database_search_path, "database.search-path", 11, false,
             "The tables are in a schema where the database's user does not look.",
             "Add schema=NAME to the options of the address, or set the user's search_path."},
    CodeInfo{Code::database_session, "database.session", 11, false,
             "The database server does not take the settings that a connection needs.",
             "The installed version was kept. See the cause, and what stands between here and the "
             "server."},
    CodeInfo{
        Code::database_unfinished, "database.unfinished", 11, false,
        "The database's file holds changes that only somebody with the right to write can finish.",
        "The installed version was kept. Run xppkg -C DIR site check as a user who may write the "
        "file."},
    CodeInfo{Code::database_refused, "database.refused", 11, false,
             "The database server answered with an error.",
             "The installed version was kept. See the cause, and the server's log."},
    CodeInfo{Code::decision_signature, "decision.signature", 5, false,
             "The site's decision lacks a valid signature of a trusted site key.",
             "The installed version was kept. Ask who releases at this site; see xppkg site key."},
    CodeInfo{Code::decision_older, "decision.older", 5, false,
             "The site's database offers an older decision than was followed before.",
             "The installed version was kept. Was the database restored? Then release anew."},
    CodeInfo{Code::decision_other_site, "decision.other-site", 5, false,
             "The database says that it is another site's than the one that is trusted here.",
             "The installed version was kept. Look at its address; see xppkg site check."},
    CodeInfo{Code::policy_held, "policy.held", 12, false, "The site's releases are on hold.",
             "The installed version was kept. xppkg unhold lets workstations follow again."},
    CodeInfo{Code::policy_outdated, "policy.outdated", 9, false,
             "Outdated software: another version was released for this site.",
             "Run xppkg -C DIR apply."},
    CodeInfo{Code::policy_below_floor, "policy.below-floor", 12, false,
             "The vendor has set a lowest version, and this release is below it.",
             "The installed version was kept. Choose a newer release; xppkg check tells which."},
    CodeInfo{Code::policy_rolled_back, "policy.rolled-back", 12, false,
             "The required release was rolled back here.",
             "xppkg apply --retry tries it again; else wait for another decision."},
    CodeInfo{Code::rollback_unavailable, "rollback.unavailable", 1, false,
             "No release is kept that could be gone back to.",
             "xppkg apply --to VERSION downloads one."},
    CodeInfo{Code::limit_exceeded, "limit.exceeded", 5, false,
             "Data is larger than its limit allows.", "Nothing of it was used. Tell the vendor."},
    CodeInfo{Code::cancelled, "cancelled", 1, true, "The run was cancelled.",
             "Run the command again; what was downloaded is kept."},
    CodeInfo{Code::internal, "internal", 1, false, "xppkg met a case it should not meet.",
             "Please report it with the text above."},
};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < kCodes.size(); ++i) {
    if (kCodes[i].code != static_cast<Code>(i)) return false;
  }
  return kCodes.size() == static_cast<std::size_t>(Code::internal) + 1;
}
static_assert(in_enum_order(), "the table has one row for each code, in their order");

}  // namespace

std::span<const CodeInfo> all_codes() {
  return kCodes;
}

const CodeInfo& info(Code code) {
  return kCodes[static_cast<std::size_t>(code)];
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
