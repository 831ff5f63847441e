# nothing here
# escape=\
