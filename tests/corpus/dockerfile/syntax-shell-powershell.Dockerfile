# escape=`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop';"]
WORKDIR C:\app
COPY app.py C:\app\
RUN Invoke-WebRequest -Uri https://example.org/python.exe -OutFile python.exe; `
    Start-Process -Wait .\python.exe -ArgumentList '/quiet'; `
    Remove-Item python.exe
CMD ["python", "C:\\app\\app.py"]
