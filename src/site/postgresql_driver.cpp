#include "postgresql_driver.hpp"

#include <Poco/Exception.h>

#include "statement.hpp"

namespace xppkg::site {
namespace {

// The fifth version of its interface.
#if defined(_WIN32)
constexpr const char* kFile = "libpq.dll";
#elif defined(__APPLE__)
constexpr const char* kFile = "libpq.5.dylib";
#else
constexpr const char* kFile = "libpq.so.5";
#endif

}  // namespace

const PostgresqlDriver& PostgresqlDriver::get() {
  try {
    static const PostgresqlDriver driver;
    return driver;
  } catch (const Poco::Exception& error) {
    throw Failure(Failure::Kind::other,
                  "the driver of PostgreSQL is not installed: " + error.displayText());
  }
}

template <typename Function>
void PostgresqlDriver::find(Function& function, const char* name) {
  function = reinterpret_cast<Function>(library_.getSymbol(name));
}

PostgresqlDriver::PostgresqlDriver() {
  library_.load(kFile, Poco::SharedLibrary::SHLIB_LOCAL);
  find(PQclear, "PQclear");
  find(PQconnectdbParams, "PQconnectdbParams");
  find(PQconsumeInput, "PQconsumeInput");
  find(PQerrorMessage, "PQerrorMessage");
  find(PQfinish, "PQfinish");
  find(PQflush, "PQflush");
  find(PQfreemem, "PQfreemem");
  find(PQgetisnull, "PQgetisnull");
  find(PQgetlength, "PQgetlength");
  find(PQgetResult, "PQgetResult");
  find(PQgetvalue, "PQgetvalue");
  find(PQisBusy, "PQisBusy");
  find(PQnfields, "PQnfields");
  find(PQnotifies, "PQnotifies");
  find(PQntuples, "PQntuples");
  find(PQresultErrorField, "PQresultErrorField");
  find(PQresultStatus, "PQresultStatus");
  find(PQsendQuery, "PQsendQuery");
  find(PQsendQueryParams, "PQsendQueryParams");
  find(PQsetnonblocking, "PQsetnonblocking");
  find(PQsetNoticeReceiver, "PQsetNoticeReceiver");
  find(PQsocket, "PQsocket");
  find(PQstatus, "PQstatus");
}

}  // namespace xppkg::site
