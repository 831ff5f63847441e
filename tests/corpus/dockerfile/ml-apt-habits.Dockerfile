FROM ubuntu:22.04
RUN apt-get update
RUN apt-get upgrade -y && apt-get dist-upgrade -y
RUN apt-get install python3 python3-pip build-essential cmake g++ -y
RUN apt install -y ffmpeg libsm6 libxext6
RUN apt-get update && apt-get install -y --no-install-recommends libgl1 && rm -rf /var/lib/apt/lists/*
RUN sudo add-apt-repository ppa:deadsnakes/ppa && apt-get -y --allow-unauthenticated install python3.12
RUN apt-key adv --keyserver keyserver.example.org --recv-keys ABCDEF
RUN rm -rf /var/lib/apt/lists/*
