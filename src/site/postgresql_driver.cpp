#include "postgresql_driver.hpp"

#include "driver.hpp"

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
  return installed_driver("PostgreSQL", []() -> const PostgresqlDriver& {
    static const PostgresqlDriver driver;
    return driver;
  });
}

PostgresqlDriver::PostgresqlDriver() : library_(kFile) {
  library_.find(PQclear, "PQclear");
  library_.find(PQconnectdbParams, "PQconnectdbParams");
  library_.find(PQconsumeInput, "PQconsumeInput");
  library_.find(PQerrorMessage, "PQerrorMessage");
  library_.find(PQfinish, "PQfinish");
  library_.find(PQflush, "PQflush");
  library_.find(PQfreemem, "PQfreemem");
  library_.find(PQgetisnull, "PQgetisnull");
  library_.find(PQgetlength, "PQgetlength");
  library_.find(PQgetResult, "PQgetResult");
  library_.find(PQgetvalue, "PQgetvalue");
  library_.find(PQisBusy, "PQisBusy");
  library_.find(PQnfields, "PQnfields");
  library_.find(PQnotifies, "PQnotifies");
  library_.find(PQntuples, "PQntuples");
  library_.find(PQresultErrorField, "PQresultErrorField");
  library_.find(PQresultStatus, "PQresultStatus");
  library_.find(PQsendQuery, "PQsendQuery");
  library_.find(PQsendQueryParams, "PQsendQueryParams");
  library_.find(PQsetnonblocking, "PQsetnonblocking");
  library_.find(PQsetNoticeReceiver, "PQsetNoticeReceiver");
  library_.find(PQsocket, "PQsocket");
  library_.find(PQstatus, "PQstatus");
}

}  // namespace xppkg::site
