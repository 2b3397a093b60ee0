#include "postgresql_driver.hpp"

#include "driver.hpp"

namespace xppkg::site {
const PostgresqlDriver& PostgresqlDriver::get() {
  return installed_driver("PostgreSQL", []() -> const PostgresqlDriver& {
    static const PostgresqlDriver driver;
    return driver;
  });
}

PostgresqlDriver::PostgresqlDriver() : library_(library_file("pq", "5", "libpq.dll")) {
  library_.find(PQbackendPID, "PQbackendPID");
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
  library_.find(PQparameterStatus, "PQparameterStatus");
  library_.find(PQreset, "PQreset");
  library_.find(PQresultErrorField, "PQresultErrorField");
  library_.find(PQresultStatus, "PQresultStatus");
  library_.find(PQsendQuery, "PQsendQuery");
  library_.find(PQsendQueryParams, "PQsendQueryParams");
  library_.find(PQsetErrorVerbosity, "PQsetErrorVerbosity");
  library_.find(PQsetnonblocking, "PQsetnonblocking");
  library_.find(PQsetNoticeReceiver, "PQsetNoticeReceiver");
  library_.find(PQsocket, "PQsocket");
  library_.find(PQstatus, "PQstatus");
}

}  // namespace xppkg::site
