#include "mysql_guard.hpp"

#include <chrono>
#include <exception>
#include <system_error>

#include "mysql_connection.hpp"

namespace xppkg::site {
namespace {

/// A transaction that works, and does not only hold rows, is done by then.
constexpr std::chrono::seconds kAtFirst{3};
constexpr std::chrono::seconds kAgain{1};

}  // namespace

// Only connections that the waiting one cannot do without: those that hold rows of our tables. Only
// releasers hold the row of xppkg_lock.
const char* const kGuardProcedure =
    "CREATE PROCEDURE IF NOT EXISTS xppkg_end_blockers (IN connection BIGINT)"
    " READS SQL DATA SQL SECURITY DEFINER"
    " BEGIN"
    "  DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;"  // It went by itself.
    "  FOR other IN ("
    "   SELECT DISTINCT b.trx_mysql_thread_id AS id FROM information_schema.innodb_lock_waits w"
    "   JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id"
    "   JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id"
    "   JOIN information_schema.innodb_locks l ON l.lock_id = w.blocking_lock_id"
    "   JOIN information_schema.processlist p ON p.id = r.trx_mysql_thread_id"
    "   WHERE r.trx_mysql_thread_id = connection"
    "   AND p.user = substring_index(session_user(), '@', 1)"
    "   AND l.lock_table LIKE concat('`', database(), '`.`xppkg\\_%')"
    "   AND l.lock_table <> concat('`', database(), '`.`xppkg_lock`'))"
    "  DO KILL CONNECTION other.id; END FOR;"
    " END";

MysqlGuard::MysqlGuard(ServerAddress address, std::string password, std::string connection)
    : address_(std::move(address)),
      password_(std::move(password)),
      connection_(std::move(connection)) {
  try {
    thread_ = std::thread([this] { guard(); });
  } catch (const std::system_error&) {
    // Without a guard the waiting writer fails in the end with "locked".
  }
}

MysqlGuard::~MysqlGuard() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool MysqlGuard::is_over(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, time, [&] { return is_over_; });
}

void MysqlGuard::guard() {
  if (is_over(kAtFirst)) return;
  try {
    MysqlConnection own(address_, password_);
    do {
      own.run({"CALL xppkg_end_blockers(" + connection_ + ")"});
    } while (!is_over(kAgain));
  } catch (const std::exception&) {
    // The procedure is missing, its owner may end no connections, or memory is short: the writer
    // goes on without a guard. An exception that leaves a thread would end the application.
  }
}

}  // namespace xppkg::site
